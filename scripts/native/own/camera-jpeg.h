#ifndef IMAGE_SOCKET_CAMERA_JPEG_H
#define IMAGE_SOCKET_CAMERA_JPEG_H

#include "NativeNodeUtils.h"

namespace image_socket {

// encodeCameraAsync(mat, fourcc, width, height, quality, done): the bytes that a camera sent, as cv::VideoCapture gives them
// while CAP_PROP_CONVERT_RGB is 0, as { jpeg, width, height }. 0 and 0: the size of the camera's picture.
// MJPG, JPEG, YUYV, UYVY, NV12, NV21, YU12 and YV12 are known. Gives null where the camera sent another format, or a JPEG
// of a kind that cameras do not send; an Error where the bytes are no picture.
NAN_METHOD(encodeCameraAsync);

} // namespace image_socket

#endif
