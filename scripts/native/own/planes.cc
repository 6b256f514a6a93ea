// OpenCV's own INTER_AREA goes through a plane one sample at a time, first across, then down. Down first goes over whole rows,
// sixteen bytes at an instruction. Across then takes eight rows at once, which stand side by side in a register.
// All in 16 bits: levels with 8 bits of fraction, weights with 16, so that a product's upper half is a level again.

#include "planes.h"

#include <algorithm>
#include <vector>

#include "opencv2/core/hal/intrin.hpp"
#include "opencv2/imgproc.hpp"

#if !CV_SIMD128
#error "expected SSE2 or NEON"
#endif

namespace image_socket {
namespace {

using Levels = cv::v_uint16x8;

// Rows that go across together: one in each 16-bit part of a register.
const int lanes = 8;

// A JPEG of 4:2:0 is made of squares of 16 luma samples.
const int blockSize = 16;

// The source samples that each result sample covers, along one axis.
struct Spans {
  int taps;
  std::vector<int> first;
  // `taps` for each result sample, of 65536 in all, and each of them twice: SSE2 spreads 32 bits over a register faster than 16.
  std::vector<unsigned> weights;
};

// Spans of `count` result samples that are `scale` source samples wide; the last one again and again up to `padded` ones.
Spans findSpans(int from, double scale, int count, int padded) {
  Spans spans;
  spans.taps = std::min((int)std::ceil(scale) + 1, from);
  spans.first.resize(padded);
  spans.weights.resize((size_t)padded * spans.taps);
  for (int i = 0; i < padded; i++) {
    const int at = std::min(i, count - 1);
    const double begin = std::min(at * scale, from - 1.0);
    const double end = std::min((at + 1) * scale, (double)from);
    // The taps end with the source.
    const int first = std::min((int)begin, from - spans.taps);
    spans.first[i] = first;
    // Rounded so that the shares always add up to the whole; 65535 stands for a whole one, which 16 bits cannot hold.
    double covered = 0;
    int given = 0;
    for (int k = 0; k < spans.taps; k++) {
      covered += std::max(0.0, std::min(end, first + k + 1.0) - std::max(begin, (double)(first + k)));
      const int upTo = cvRound(65536 * covered / (end - begin));
      const unsigned weight = cv::saturate_cast<ushort>(upTo - given);
      spans.weights[(size_t)i * spans.taps + k] = weight << 16 | weight;
      given = upTo;
    }
  }
  return spans;
}

void interleave(const Levels (&in)[lanes], Levels (&out)[lanes]) {
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) cv::v_zip(in[i], in[i + 4], out[2 * i], out[2 * i + 1]);
}

// Eight rows of eight become eight columns: each of the three steps moves one bit of the place from column to row.
void transpose(Levels (&rows)[lanes]) {
  Levels once[lanes], twice[lanes];
  interleave(rows, once);
  interleave(once, twice);
  interleave(twice, rows);
}

// How levels are stretched to 0..255: less `below`, then that and its share `more` of 65536.
struct Stretch {
  ushort below;
  ushort more;
};

const Stretch noStretch = {0, 0};
// 16 to 235 and 16 to 240 of ITU-R BT.601, with 8 bits of fraction: times 255/219; times 255/224 around 128.
const Stretch stretchLuma = {16 * 256, 10773};
const Stretch stretchChroma = {3982, 9070};

// Half a level to round, and the little that each product lost on average when its lower half was cut off.
const ushort rounding = 128 + 3;

Levels spread(unsigned weight) {
  return cv::v_reinterpret_as_u16(cv::v_setall_u32(weight));
}

// Sixteen levels of a row that may end before. Behind the last row there may be no memory.
cv::v_uint8x16 loadLevels(const uchar* in, int left) {
  if (left >= 2 * lanes) return cv::v_load(in);
  uchar levels[2 * lanes] = {};
  std::copy(in, in + left, levels);
  return cv::v_load(levels);
}

// Eight rows from `y` on, for all source columns: columns[8 * x ...] are the weighted sums down of column x.
void shrinkDown(const cv::Mat& src, const Spans& down, int y, ushort* columns) {
  const cv::v_uint8x16 zero = cv::v_setzero_u8();
  for (int x = 0; x < src.cols; x += 2 * lanes) {
    Levels low[lanes], high[lanes];
    for (int row = 0; row < lanes; row++) {
      const int at = std::min(y + row, (int)down.first.size() - 1);
      const unsigned* weights = &down.weights[(size_t)at * down.taps];
      const uchar* in = src.ptr<uchar>(down.first[at]) + x;
      Levels a = cv::v_setzero_u16();
      Levels b = a;
      for (int k = 0; k < down.taps; k++, in += src.step) {
        // Zeroes below the bytes: the levels, times 256.
        cv::v_uint8x16 first, second;
        cv::v_zip(zero, loadLevels(in, src.cols - x), first, second);
        const Levels weight = spread(weights[k]);
        a = cv::v_add_wrap(a, cv::v_mul_hi(cv::v_reinterpret_as_u16(first), weight));
        b = cv::v_add_wrap(b, cv::v_mul_hi(cv::v_reinterpret_as_u16(second), weight));
      }
      low[row] = a;
      high[row] = b;
    }
    transpose(low);
    transpose(high);
#pragma GCC unroll 8
    for (int i = 0; i < lanes; i++) {
      cv::v_store(columns + (size_t)(x + i) * lanes, low[i]);
      cv::v_store(columns + (size_t)(x + lanes + i) * lanes, high[i]);
    }
  }
}

// Eight rows of the result. `columns` has the eight sums of each source column.
void shrinkAcross(const ushort* columns, const Spans& across, const Stretch& stretch, uchar* out, size_t step, int rows) {
  const Levels below = cv::v_setall_u16(stretch.below);
  const Levels more = cv::v_setall_u16(stretch.more);
  const Levels half = cv::v_setall_u16(rounding);
  const unsigned* weights = across.weights.data();
  for (size_t x = 0; x < across.first.size(); x += lanes) {
    Levels levels[lanes];
    for (int i = 0; i < lanes; i++, weights += across.taps) {
      const ushort* in = columns + (size_t)across.first[x + i] * lanes;
      Levels level = cv::v_setzero_u16();
      for (int k = 0; k < across.taps; k++) {
        level = cv::v_add_wrap(level, cv::v_mul_hi(cv::v_load(in + k * lanes), spread(weights[k])));
      }
      // These two stop at 0 and at 65535.
      level = cv::v_sub(level, below);
      level = cv::v_add(level, cv::v_mul_hi(level, more));
      levels[i] = cv::v_shr<8>(cv::v_add(level, half));
    }
    transpose(levels);
    for (int row = 0; row < rows; row++) cv::v_pack_store(out + row * step + x, levels[row]);
  }
}

void shrinkPlane(const cv::Mat& src, cv::Size2d scale, const Stretch& stretch, cv::Mat& dst, int width) {
  const Spans down = findSpans(src.rows, scale.height, dst.rows, dst.rows);
  const Spans across = findSpans(src.cols, scale.width, width, dst.cols);
  std::vector<ushort> columns(cv::alignSize(src.cols, 2 * lanes) * lanes);
  for (int y = 0; y < dst.rows; y += lanes) {
    shrinkDown(src, down, y, columns.data());
    shrinkAcross(columns.data(), across, stretch, dst.ptr<uchar>(y), dst.step, std::min(lanes, dst.rows - y));
  }
}

// Each product loses up to 1/256 of a level; more of them would add up to one that shows.
const double mostShrinkage = 15;

bool canShrink(cv::Size2d scale) {
  return scale.width >= 1 && scale.height >= 1 && scale.width <= mostShrinkage && scale.height <= mostShrinkage;
}

void stretchLevels(cv::Mat& plane, const Stretch& stretch) {
  if (stretch.more == 0) return;
  cv::Mat table(1, 256, CV_8UC1);
  for (int i = 0; i < 256; i++) {
    const double level = (i * 256.0 - stretch.below) * (1 + stretch.more / 65536.0) / 256;
    table.at<uchar>(i) = cv::saturate_cast<uchar>(level);
  }
  cv::LUT(plane, table, plane);
}

void repeatLast(cv::Mat& plane, int width) {
  for (int y = 0; y < plane.rows; y++) {
    uchar* row = plane.ptr<uchar>(y);
    std::fill(row + width, row + plane.cols, row[width - 1]);
  }
}

// The plane as `size` samples, in rows of `padded` samples of which the last ones repeat.
cv::Mat resizePlane(const cv::Mat& src, cv::Size size, cv::Size2d scale, const Stretch& stretch, int padded) {
  cv::Mat dst(size.height, padded, CV_8UC1);
  if (canShrink(scale)) {
    shrinkPlane(src, scale, stretch, dst, size.width);
    return dst;
  }
  cv::Mat inner = dst.colRange(0, size.width);
  cv::resize(src, inner, size, 0, 0, cv::INTER_AREA);
  stretchLevels(inner, stretch);
  repeatLast(dst, size.width);
  return dst;
}

cv::Size halve(cv::Size size) {
  return {(size.width + 1) / 2, (size.height + 1) / 2};
}

} // namespace

JpegPicture resizePlanes(const YuvPicture& picture, cv::Size size) {
  const cv::Size2d luma((double)picture.y.cols / size.width, (double)picture.y.rows / size.height);
  // In the result there is half a sample of chroma for each one of luma.
  const cv::Size2d chroma(luma.width * picture.chroma.width * 2, luma.height * picture.chroma.height * 2);
  const int padded = (int)cv::alignSize(size.width, blockSize);
  const Stretch& ofLuma = picture.isFull ? noStretch : stretchLuma;
  const Stretch& ofChroma = picture.isFull ? noStretch : stretchChroma;
  return {
      resizePlane(picture.y, size, luma, ofLuma, padded),
      resizePlane(picture.u, halve(size), chroma, ofChroma, padded / 2),
      resizePlane(picture.v, halve(size), chroma, ofChroma, padded / 2),
      size,
  };
}

YuvPicture rotatePlanes(const YuvPicture& picture, int code) {
  YuvPicture turned = picture;
  for (cv::Mat* plane : {&turned.y, &turned.u, &turned.v}) {
    cv::Mat upright;
    cv::rotate(*plane, upright, code);
    *plane = upright;
  }
  if (code != cv::ROTATE_180) std::swap(turned.chroma.width, turned.chroma.height);
  return turned;
}

} // namespace image_socket
