// OpenCV's own INTER_AREA goes through the picture one channel of one pixel at a time, first across, then down. Down first
// goes over whole rows, sixteen bytes at an instruction, and leaves only the few rows of the result to be gone across.
// All in 16 bits: levels with 8 bits of fraction, weights with 16, so that a product's upper half is a level again.

#include "area-shrink.h"

#include <vector>

#include "opencv2/core/hal/intrin.hpp"

namespace image_socket {
namespace {

// The source pixels that one result pixel covers, along one axis.
struct Span {
  int first;
  std::vector<ushort> weights; // of 65536 in all
};

std::vector<Span> findSpans(int from, int to) {
  const double scale = (double)from / to;
  std::vector<Span> spans(to);
  for (int i = 0; i < to; i++) {
    const double begin = i * scale;
    const double end = std::min((i + 1) * scale, (double)from);
    int first = std::min((int)begin, from - 1);
    int last = std::min((int)std::ceil(end) - 1, from - 1);
    Span span{first, {}};
    // Rounded so that the shares always add up to the whole; 65535 stands for a whole one, which 16 bits cannot hold.
    double covered = 0;
    int given = 0;
    for (int k = first; k <= last; k++) {
      covered += std::min(end, k + 1.0) - std::max(begin, (double)k);
      int upTo = cvRound(65536 * covered / (end - begin));
      span.weights.push_back(cv::saturate_cast<ushort>(upTo - given));
      given = upTo;
    }
    spans[i] = std::move(span);
  }
  return spans;
}

// sums = rows of src under `span`, weighted.
void shrinkDown(const cv::Mat& src, const Span& span, ushort* sums, int length) {
  for (size_t k = 0; k < span.weights.size(); k++) {
    const uchar* row = src.ptr<uchar>(span.first + (int)k);
    const ushort weight = span.weights[k];
    int i = 0;
#if CV_SIMD128
    const cv::v_uint16x8 weights = cv::v_setall_u16(weight);
    const cv::v_uint8x16 zero = cv::v_setzero_u8();
    for (; i <= length - 16; i += 16) {
      cv::v_uint8x16 low, high;
      // Zeroes below the bytes: the levels, times 256.
      cv::v_zip(zero, cv::v_load(row + i), low, high);
      cv::v_uint16x8 a = cv::v_mul_hi(cv::v_reinterpret_as_u16(low), weights);
      cv::v_uint16x8 b = cv::v_mul_hi(cv::v_reinterpret_as_u16(high), weights);
      if (k > 0) {
        a = cv::v_add_wrap(a, cv::v_load(sums + i));
        b = cv::v_add_wrap(b, cv::v_load(sums + i + 8));
      }
      cv::v_store(sums + i, a);
      cv::v_store(sums + i + 8, b);
    }
#endif
    for (; i < length; i++) {
      const ushort part = (ushort)(((unsigned)row[i] << 8) * weight >> 16);
      sums[i] = (ushort)(k > 0 ? sums[i] + part : part);
    }
  }
}

// Half a level to round, and the little that each product lost on average when its lower half was cut off.
const ushort rounding = 128 + 3;

// One row of the result. `sums` may be read four ushorts past its end.
void shrinkAcross(const ushort* sums, const std::vector<Span>& spans, uchar* out) {
  for (const Span& span : spans) {
    const ushort* in = sums + span.first * 3;
#if CV_SIMD128
    cv::v_uint16x8 level = cv::v_setall_u16(rounding);
    for (ushort weight : span.weights) {
      level = cv::v_add(level, cv::v_mul_hi(cv::v_load_low(in), cv::v_setall_u16(weight)));
      in += 3;
    }
    ushort levels[8];
    cv::v_store(levels, cv::v_shr<8>(level));
    out[0] = (uchar)levels[0];
    out[1] = (uchar)levels[1];
    out[2] = (uchar)levels[2];
#else
    for (int channel = 0; channel < 3; channel++) {
      unsigned level = rounding;
      for (size_t k = 0; k < span.weights.size(); k++) level += (unsigned)in[k * 3 + channel] * span.weights[k] >> 16;
      out[channel] = (uchar)std::min(255u, level >> 8);
    }
#endif
    out += 3;
  }
}

} // namespace

// Each product loses up to 1/256 of a level; more of them would add up to one that shows.
const int mostShrinkage = 15;

bool canShrinkArea(const cv::Mat& src, cv::Size size) {
  return src.type() == CV_8UC3 && size.width < src.cols && size.height < src.rows
         && size.width * (int64_t)mostShrinkage >= src.cols && size.height * (int64_t)mostShrinkage >= src.rows;
}

void shrinkArea(const cv::Mat& src, cv::Mat& dst, cv::Size size) {
  CV_Assert(canShrinkArea(src, size));
  dst.create(size, CV_8UC3);
  const std::vector<Span> down = findSpans(src.rows, size.height);
  const std::vector<Span> across = findSpans(src.cols, size.width);
  const int length = src.cols * 3;
  std::vector<ushort> sums(length + 8);
  for (int y = 0; y < size.height; y++) {
    shrinkDown(src, down[y], sums.data(), length);
    shrinkAcross(sums.data(), across, dst.ptr<uchar>(y));
  }
}

} // namespace image_socket
