#ifndef IMAGE_SOCKET_VIDEO_FILE_H
#define IMAGE_SOCKET_VIDEO_FILE_H

#include <memory>
#include <string>

#include "planes.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

namespace image_socket {

// A video file that FFmpeg decodes, frame after frame. One call at a time.
class VideoFile {
public:
  // Throws std::runtime_error where FFmpeg cannot open it or finds no video in it that it can decode.
  explicit VideoFile(const std::string& path);

  // Frames per second; 0 where the file does not say it.
  double fps() const;
  // By the file's own account; 0 where it does not say it.
  double frameCount() const;

  // Goes on to the next frame; false at the end of the file.
  bool next();
  // The time of the frame after the first one: milliseconds; 0 where the file does not say it.
  double positionMs() const;
  // The frame, upright, at `size`; at its own where that is empty.
  JpegPicture picture(cv::Size size);

private:
  template<typename T, void (*free)(T**)>
  struct Free {
    void operator()(T* object) const {
      free(&object);
    }
  };

  void openCodec();
  void feed();
  YuvPicture planes();
  YuvPicture convert();

  std::unique_ptr<AVFormatContext, Free<AVFormatContext, avformat_close_input>> format;
  std::unique_ptr<AVCodecContext, Free<AVCodecContext, avcodec_free_context>> codec;
  std::unique_ptr<AVPacket, Free<AVPacket, av_packet_free>> packet;
  std::unique_ptr<AVFrame, Free<AVFrame, av_frame_free>> frame;
  std::unique_ptr<AVFrame, Free<AVFrame, av_frame_free>> converted;
  std::unique_ptr<SwsContext, void (*)(SwsContext*)> scaler{nullptr, sws_freeContext};
  AVStream* stream = nullptr;
  // One of cv::RotateFlags; -1: the frames are upright.
  int rotation = -1;
};

} // namespace image_socket

#endif
