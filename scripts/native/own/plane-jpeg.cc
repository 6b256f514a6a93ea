// libjpeg takes and gives planes as they are in the file: "raw data" in libjpeg.txt, which saves the way to BGR and back.
// https://github.com/libjpeg-turbo/libjpeg-turbo/blob/2.1.5/libjpeg.txt

#include "plane-jpeg.h"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include <jpeglib.h>

namespace image_socket {
namespace {

// Rows of luma that libjpeg takes at once: those of one block of 4:2:0.
const int blockRows = 16;

// The most pixels that OpenCV decodes.
const int64_t mostPixels = 1 << 28;

const int app1 = JPEG_APP0 + 1;
const char exif[] = "Exif";

// libjpeg has no way to report an error but not to come back. No C++ object may be between setjmp and longjmp.
struct ErrorManager : jpeg_error_mgr {
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void leave(j_common_ptr info) {
  ErrorManager* errors = static_cast<ErrorManager*>(info->err);
  errors->format_message(info, errors->message);
  std::longjmp(errors->jump, 1);
}

template<typename Info, void (*destroy)(Info*)>
struct Codec {
  Codec() {
    info.err = jpeg_std_error(&errors);
    errors.error_exit = leave;
  }
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  ~Codec() {
    destroy(&info);
  }
  ErrorManager errors;
  Info info = {};
};

using Encoder = Codec<jpeg_compress_struct, jpeg_destroy_compress>;
using Decoder = Codec<jpeg_decompress_struct, jpeg_destroy_decompress>;

// Rows of a plane for libjpeg; those below the last are the last again.
void listRows(const cv::Mat& plane, int first, int count, JSAMPROW* rows) {
  for (int i = 0; i < count; i++) rows[i] = const_cast<uchar*>(plane.ptr<uchar>(std::min(first + i, plane.rows - 1)));
}

bool runEncoder(Encoder& encoder, const JpegPicture& picture, int quality, JpegBytes& jpeg) {
  jpeg_compress_struct& info = encoder.info;
  if (setjmp(encoder.errors.jump) != 0) return false;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &jpeg.data, &jpeg.size);
  info.image_width = picture.size.width;
  info.image_height = picture.size.height;
  info.input_components = 3;
  info.in_color_space = JCS_YCbCr;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  info.raw_data_in = TRUE;
  info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 2;
  jpeg_start_compress(&info, TRUE);
  JSAMPROW y[blockRows], u[blockRows / 2], v[blockRows / 2];
  JSAMPARRAY planes[] = {y, u, v};
  while (info.next_scanline < info.image_height) {
    const int row = (int)info.next_scanline;
    listRows(picture.y, row, blockRows, y);
    listRows(picture.u, row / 2, blockRows / 2, u);
    listRows(picture.v, row / 2, blockRows / 2, v);
    jpeg_write_raw_data(&info, planes, blockRows);
  }
  jpeg_finish_compress(&info);
  return true;
}

bool isPlain(jpeg_decompress_struct& info) {
  for (jpeg_saved_marker_ptr marker = info.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->marker == app1 && marker->data_length >= 4 && std::memcmp(marker->data, exif, 4) == 0) return false;
  }
  const jpeg_component_info* parts = info.comp_info;
  return info.num_components == 3 && info.jpeg_color_space == JCS_YCbCr && !jpeg_has_multiple_scans(&info)
         && (int64_t)info.image_width * info.image_height <= mostPixels
         && parts[0].h_samp_factor == info.max_h_samp_factor && parts[0].v_samp_factor == info.max_v_samp_factor
         && parts[1].h_samp_factor == parts[2].h_samp_factor && parts[1].v_samp_factor == parts[2].v_samp_factor;
}

// The smallest picture that is not smaller than `wanted`: at 1, 1/2, 1/4 or 1/8.
void setScale(jpeg_decompress_struct& info, cv::Size wanted) {
  info.scale_denom = 8;
  for (info.scale_num = 1; info.scale_num < 8; info.scale_num *= 2) {
    jpeg_calc_output_dimensions(&info);
    if ((int)info.output_width >= wanted.width && (int)info.output_height >= wanted.height) return;
  }
}

bool startDecoder(Decoder& decoder, const uchar* jpeg, size_t size, cv::Size wanted, bool& isFit) {
  jpeg_decompress_struct& info = decoder.info;
  if (setjmp(decoder.errors.jump) != 0) return false;
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, jpeg, size);
  jpeg_save_markers(&info, app1, sizeof exif);
  jpeg_read_header(&info, TRUE);
  isFit = isPlain(info);
  if (!isFit) return true;
  setScale(info, wanted);
  info.raw_data_out = TRUE;
  jpeg_start_decompress(&info);
  return true;
}

bool readRows(Decoder& decoder, cv::Mat* planes) {
  jpeg_decompress_struct& info = decoder.info;
  if (setjmp(decoder.errors.jump) != 0) return false;
  JSAMPROW rows[3][MAX_SAMP_FACTOR * DCTSIZE];
  JSAMPARRAY places[] = {rows[0], rows[1], rows[2]};
  const int together = info.max_v_samp_factor * info.min_DCT_scaled_size;
  for (int block = 0; info.output_scanline < info.output_height; block++) {
    for (int i = 0; i < 3; i++) {
      const int count = info.comp_info[i].v_samp_factor * info.comp_info[i].DCT_scaled_size;
      listRows(planes[i], block * count, count, rows[i]);
    }
    if (jpeg_read_raw_data(&info, places, together) == 0) break;
  }
  return true;
}

} // namespace

JpegBytes::~JpegBytes() {
  std::free(data);
}

void encodePlanes(const JpegPicture& picture, int quality, JpegBytes& jpeg) {
  Encoder encoder;
  if (!runEncoder(encoder, picture, quality, jpeg)) throw std::runtime_error(encoder.errors.message);
}

bool decodePlanes(const uchar* jpeg, size_t size, cv::Size wanted, YuvPicture& picture) {
  Decoder decoder;
  bool isFit = false;
  if (!startDecoder(decoder, jpeg, size, wanted, isFit)) throw std::runtime_error(decoder.errors.message);
  if (!isFit) return false;
  const jpeg_decompress_struct& info = decoder.info;
  const int blocksDown = (int)(info.output_height + info.max_v_samp_factor * info.min_DCT_scaled_size - 1)
                         / (info.max_v_samp_factor * info.min_DCT_scaled_size);
  cv::Mat planes[3];
  for (int i = 0; i < 3; i++) {
    const jpeg_component_info& part = info.comp_info[i];
    // Whole blocks, as libjpeg writes them.
    planes[i].create(blocksDown * part.v_samp_factor * part.DCT_scaled_size, (int)part.width_in_blocks * part.DCT_scaled_size, CV_8UC1);
  }
  if (!readRows(decoder, planes)) throw std::runtime_error(decoder.errors.message);
  cv::Mat* outputs[] = {&picture.y, &picture.u, &picture.v};
  for (int i = 0; i < 3; i++) {
    const jpeg_component_info& part = info.comp_info[i];
    *outputs[i] = planes[i](cv::Rect(0, 0, (int)part.downsampled_width, (int)part.downsampled_height));
  }
  const jpeg_component_info& part = info.comp_info[1];
  picture.chroma.width = (double)part.h_samp_factor * part.DCT_scaled_size / (info.max_h_samp_factor * info.min_DCT_scaled_size);
  picture.chroma.height = (double)part.v_samp_factor * part.DCT_scaled_size / (info.max_v_samp_factor * info.min_DCT_scaled_size);
  picture.isFull = true;
  return true;
}

} // namespace image_socket
