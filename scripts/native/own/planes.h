#ifndef IMAGE_SOCKET_PLANES_H
#define IMAGE_SOCKET_PLANES_H

#include "opencv2/core.hpp"

namespace image_socket {

// A picture as decoders give it: one plane of luma and two of chroma, CV_8UC1 each.
struct YuvPicture {
  cv::Mat y, u, v;
  // Chroma samples for each luma sample across and down: 0.5 and 0.5 for 4:2:0. Planes of an odd picture are rounded up.
  cv::Size2d chroma;
  // Levels of 0 to 255, as in JPEG; otherwise 16 to 235 for luma and 16 to 240 for chroma.
  bool isFull;
};

// A picture as a JPEG with 4:2:0 holds it: all levels are full, and each row goes on with its last level up to a whole
// number of blocks.
struct JpegPicture {
  cv::Mat y, u, v;
  cv::Size size;
};

// The picture in another size. Smaller: area interpolation, so each sample is the mean of the source samples that it covers, by
// the share that it covers of each. The colours are those that cv::resize(..., INTER_AREA) on BGR gives, to within two levels,
// without the way to BGR and back.
JpegPicture resizePlanes(const YuvPicture& picture, cv::Size size);

// The picture turned by cv::ROTATE_90_CLOCKWISE and so on.
YuvPicture rotatePlanes(const YuvPicture& picture, int code);

} // namespace image_socket

#endif
