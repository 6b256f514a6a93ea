#ifndef IMAGE_SOCKET_CAPTURE_FORMATS_H
#define IMAGE_SOCKET_CAPTURE_FORMATS_H

#include "NativeNodeUtils.h"

namespace image_socket {

// listCaptureFormats(path): what a V4L2 device says of itself, without starting it:
//   { driver, card, isCapture, formats: [{ fourcc, sizes: [{ width, height, rates }] }] }
// `fourcc` is a number, `rates` are frames per second. A range of sizes or rates is given by its two ends.
// Throws an Error that names the path where it cannot be opened or is no V4L2 device.
NAN_METHOD(listCaptureFormats);

} // namespace image_socket

#endif
