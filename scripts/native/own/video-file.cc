// cv::VideoCapture turns each frame into BGR; a JPEG then turns it back. FFmpeg itself gives the planes that a JPEG holds.
// Everything else is as cv::VideoCapture does it: the times, the rates, which levels are full, and which way is up.
// https://ffmpeg.org/doxygen/7.1/group__lavc__encdec.html

#include "video-file.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

namespace image_socket {
namespace {

// Packets without a frame in a row: a file at fault may never have another frame. The limit of cv::VideoCapture.
const int mostPackets = 4096;
// More decode no faster, and each holds a frame.
const int mostThreads = 16;

std::runtime_error describe(const std::string& what, int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return std::runtime_error(what + ": " + text);
}

void require(int code, const char* what) {
  if (code < 0) throw describe(what, code);
}

bool isFullRange(int format) {
  return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P
         || format == AV_PIX_FMT_YUVJ440P || format == AV_PIX_FMT_YUVJ411P;
}

// Three planes of 8-bit YUV.
bool isPlanarYuv(const AVPixFmtDescriptor& format) {
  if (format.nb_components != 3 || (format.flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_HWACCEL)) != 0) return false;
  for (int i = 0; i < 3; i++) {
    const AVComponentDescriptor& part = format.comp[i];
    if (part.plane != i || part.step != 1 || part.depth != 8) return false;
  }
  return true;
}

// How a frame is turned to be upright; -1: not at all.
int readRotation(const AVCodecParameters& parameters) {
  const AVPacketSideData* side =
      av_packet_side_data_get(parameters.coded_side_data, parameters.nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  if (side == nullptr || side->size < 9 * sizeof(int32_t)) return -1;
  const double angle = av_display_rotation_get(reinterpret_cast<const int32_t*>(side->data));
  if (std::isnan(angle)) return -1;
  // FFmpeg counts against the clock.
  switch (((int)std::lround(-angle) % 360 + 360) % 360) {
    case 90: return cv::ROTATE_90_CLOCKWISE;
    case 180: return cv::ROTATE_180;
    case 270: return cv::ROTATE_90_COUNTERCLOCKWISE;
    default: return -1;
  }
}

cv::Mat viewPlane(const AVFrame& frame, int index, cv::Size size) {
  return cv::Mat(size, CV_8UC1, frame.data[index], frame.linesize[index]);
}

// The frame keeps its memory for as long as the planes are in use.
YuvPicture viewFrame(const AVFrame& frame, const AVPixFmtDescriptor& format, bool isFull) {
  const cv::Size size(frame.width, frame.height);
  const cv::Size half(AV_CEIL_RSHIFT(size.width, format.log2_chroma_w), AV_CEIL_RSHIFT(size.height, format.log2_chroma_h));
  return {
      viewPlane(frame, 0, size),
      viewPlane(frame, 1, half),
      viewPlane(frame, 2, half),
      cv::Size2d(1.0 / (1 << format.log2_chroma_w), 1.0 / (1 << format.log2_chroma_h)),
      isFull,
  };
}

} // namespace

VideoFile::VideoFile(const std::string& path) : packet(av_packet_alloc()), frame(av_frame_alloc()) {
  if (packet == nullptr || frame == nullptr) throw std::bad_alloc();
  // What is damaged shows in the pictures; lines of FFmpeg's own would be between those of the program.
  av_log_set_level(AV_LOG_QUIET);
  AVFormatContext* opened = nullptr;
  require(avformat_open_input(&opened, path.c_str(), nullptr, nullptr), "Cannot open the file");
  format.reset(opened);
  require(avformat_find_stream_info(format.get(), nullptr), "Cannot read the file");
  openCodec();
}

void VideoFile::openCodec() {
  const AVCodec* decoder = nullptr;
  const int index = av_find_best_stream(format.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
  require(index, "Cannot find a video in the file");
  stream = format->streams[index];
  for (unsigned i = 0; i < format->nb_streams; i++) {
    if ((int)i != index) format->streams[i]->discard = AVDISCARD_ALL;
  }
  rotation = readRotation(*stream->codecpar);
  codec.reset(avcodec_alloc_context3(decoder));
  if (codec == nullptr) throw std::bad_alloc();
  require(avcodec_parameters_to_context(codec.get(), stream->codecpar), "Cannot read the video's parameters");
  codec->pkt_timebase = stream->time_base;
  // The decoder goes on only when its next frame is asked for: while one is shrunk and encoded, one thread has nothing to do.
  codec->thread_count = std::min(cv::getNumberOfCPUs() + 1, mostThreads);
  require(avcodec_open2(codec.get(), decoder, nullptr), "Cannot decode the video");
}

double VideoFile::fps() const {
  const AVRational rates[] = {
      stream->avg_frame_rate,
      av_guess_frame_rate(format.get(), stream, nullptr),
      av_inv_q(stream->time_base),
  };
  for (const AVRational& rate : rates) {
    if (rate.num > 0 && rate.den > 0) return av_q2d(rate);
  }
  return 0;
}

double VideoFile::frameCount() const {
  if (stream->nb_frames > 0) return (double)stream->nb_frames;
  return format->duration > 0 ? std::floor((double)format->duration / AV_TIME_BASE * fps() + 0.5) : 0;
}

// Gives the decoder the next packet, or the news that there is none.
void VideoFile::feed() {
  if (av_read_frame(format.get(), packet.get()) < 0) {
    avcodec_send_packet(codec.get(), nullptr);
    return;
  }
  // A damaged packet is left out; the next one may be whole.
  if (packet->stream_index == stream->index) avcodec_send_packet(codec.get(), packet.get());
  av_packet_unref(packet.get());
}

bool VideoFile::next() {
  for (int packets = 0; packets < mostPackets; packets++) {
    const int result = avcodec_receive_frame(codec.get(), frame.get());
    if (result == 0) return true;
    if (result == AVERROR_EOF) return false;
    feed();
  }
  return false;
}

double VideoFile::positionMs() const {
  if (frame->best_effort_timestamp == AV_NOPTS_VALUE) return 0;
  const int64_t start = stream->start_time == AV_NOPTS_VALUE ? 0 : stream->start_time;
  return (double)(frame->best_effort_timestamp - start) * av_q2d(stream->time_base) * 1000;
}

JpegPicture VideoFile::picture(cv::Size size) {
  YuvPicture upright = planes();
  if (rotation >= 0) upright = rotatePlanes(upright, rotation);
  return resizePlanes(upright, size.empty() ? upright.y.size() : size);
}

YuvPicture VideoFile::planes() {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get((AVPixelFormat)frame->format);
  if (description != nullptr && isPlanarYuv(*description)) {
    return viewFrame(*frame, *description, isFullRange(frame->format));
  }
  return convert();
}

// Other formats, such as RGB and 10 bits, through FFmpeg's own scaler.
YuvPicture VideoFile::convert() {
  const AVPixelFormat source = (AVPixelFormat)frame->format;
  const AVPixelFormat target = AV_PIX_FMT_YUV420P;
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(source);
  const bool isRgb = (description->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  // Without the last flag the scaler takes the mean of two pixels of RGB for their chroma. Behind the last column of an
  // odd width is no pixel: it would take what lies there in memory.
  const int flags = SWS_BILINEAR | SWS_ACCURATE_RND | (isRgb ? SWS_FULL_CHR_H_INP : 0);
  scaler.reset(sws_getCachedContext(
      scaler.release(), frame->width, frame->height, source, frame->width, frame->height, target, flags, nullptr, nullptr,
      nullptr));
  if (scaler == nullptr) throw std::runtime_error("Cannot convert the pixels of the video");
  const int* table = sws_getCoefficients(SWS_CS_DEFAULT);
  // RGB and gray have all levels, and so has what is made of them.
  const bool isFull = isFullRange(source) || description->nb_components < 3
                      || isRgb || (description->flags & AV_PIX_FMT_FLAG_PAL) != 0;
  sws_setColorspaceDetails(scaler.get(), table, isFull, table, isFull, 0, 1 << 16, 1 << 16);
  if (converted == nullptr || converted->width != frame->width || converted->height != frame->height) {
    converted.reset(av_frame_alloc());
    if (converted == nullptr) throw std::bad_alloc();
    converted->format = target;
    converted->width = frame->width;
    converted->height = frame->height;
    require(av_frame_get_buffer(converted.get(), 0), "Cannot hold a frame of the video");
  }
  require(sws_scale_frame(scaler.get(), converted.get(), frame.get()), "Cannot convert the pixels of the video");
  return viewFrame(*converted, *av_pix_fmt_desc_get(target), isFull);
}

} // namespace image_socket
