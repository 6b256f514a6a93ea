#ifndef IMAGE_SOCKET_VIDEO_READER_H
#define IMAGE_SOCKET_VIDEO_READER_H

#include "NativeNodeUtils.h"

namespace image_socket {

// new VideoReader(path): a video file whose frames come as JPEGs. Blocks until the file is open, and throws an Error where it is no
// video that can be read.
//   fps, frameCount: numbers, 0 where the file does not say it
//   readAsync(width, height, quality, done): the next frame as { jpeg, width, height, atMs }, null at the end. One call at a
//   time. 0 and 0: the size of the video.
//   release(): closes the file, once the call at work is done.
NAN_MODULE_INIT(initVideoReader);

} // namespace image_socket

#endif
