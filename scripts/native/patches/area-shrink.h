#ifndef IMAGE_SOCKET_AREA_SHRINK_H
#define IMAGE_SOCKET_AREA_SHRINK_H

#include "opencv2/core.hpp"

namespace image_socket {

// Whether shrinkArea can do what cv::resize with INTER_AREA would: 8-bit pictures of three channels, made smaller both
// ways by no more than fifteen times.
bool canShrinkArea(const cv::Mat& src, cv::Size size);

// Area interpolation to `size`: each pixel is the mean of the source pixels it covers, by the share that it covers of each.
// The same as cv::resize(..., INTER_AREA) to within one level of 256, in about 30 % of its time (1280x720 to 480x315, x86-64).
void shrinkArea(const cv::Mat& src, cv::Mat& dst, cv::Size size);

} // namespace image_socket

#endif
