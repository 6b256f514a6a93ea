#ifndef IMAGE_SOCKET_PLANE_JPEG_H
#define IMAGE_SOCKET_PLANE_JPEG_H

#include "planes.h"

namespace image_socket {

// The bytes of a JPEG; from malloc, as libjpeg makes them.
class JpegBytes {
public:
  JpegBytes() = default;
  JpegBytes(const JpegBytes&) = delete;
  JpegBytes& operator=(const JpegBytes&) = delete;
  ~JpegBytes();

  uchar* data = nullptr;
  unsigned long size = 0;
};

// Encodes with the tables and the sampling of cv::imencode. `quality` of 1 to 100. Throws std::runtime_error.
void encodePlanes(const JpegPicture& picture, int quality, JpegBytes& jpeg);

// Decodes to planes, at 1/2, 1/4 or 1/8 of its size where that is still `wanted` or more. False where the picture is of
// another kind than cameras give: in several scans, of other colours, turned by EXIF. Throws std::runtime_error where it
// cannot be read.
bool decodePlanes(const uchar* jpeg, size_t size, cv::Size wanted, YuvPicture& picture);

} // namespace image_socket

#endif
