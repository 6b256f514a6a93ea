#include "video-reader.h"

#include <atomic>
#include <memory>
#include <stdexcept>

#include "jpeg-call.h"
#include "video-file.h"

namespace image_socket {
namespace {

struct OpenVideo {
  explicit OpenVideo(const std::string& path) : file(path) {
  }
  VideoFile file;
  std::atomic<bool> isBusy{false};
};

// Decodes and encodes in one go: each hop between threads costs as much as a tenth of the work.
class ReadWorker : public FF::IAsyncWorker {
public:
  ReadWorker(std::shared_ptr<OpenVideo> video, const JpegOptions& options) : video(video), options(options) {
  }
  ~ReadWorker() {
    video->isBusy = false;
  }

  std::string execute() override {
    hasFrame = video->file.next();
    if (!hasFrame) return "";
    atMs = video->file.positionMs();
    const JpegPicture picture = video->file.picture(options.size);
    size = picture.size;
    encodePlanes(picture, options.quality, jpeg);
    return "";
  }

  bool applyUnwrappers(Nan::NAN_METHOD_ARGS_TYPE) override {
    return false;
  }

  v8::Local<v8::Value> getReturnValue() override {
    // The next call may follow from within the callback.
    video->isBusy = false;
    if (!hasFrame) return Nan::Null();
    v8::Local<v8::Object> result = wrapJpeg(jpeg, size);
    Nan::Set(result, FF::newString("atMs"), Nan::New(atMs));
    return result;
  }

private:
  std::shared_ptr<OpenVideo> video;
  JpegOptions options;
  bool hasFrame = false;
  double atMs = 0;
  cv::Size size;
  JpegBytes jpeg;
};

class VideoReader : public Nan::ObjectWrap {
public:
  static NAN_METHOD(create) {
    if (!info.IsConstructCall() || !info[0]->IsString()) throw std::invalid_argument("expected new VideoReader(path)");
    VideoReader* self = new VideoReader(*Nan::Utf8String(info[0]));
    self->Wrap(info.This());
    Nan::Set(info.This(), FF::newString("fps"), Nan::New(self->video->file.fps()));
    Nan::Set(info.This(), FF::newString("frameCount"), Nan::New(self->video->file.frameCount()));
    info.GetReturnValue().Set(info.This());
  }

  static NAN_METHOD(readAsync) {
    VideoReader* self = unwrap(info);
    if (self->video == nullptr) throw std::runtime_error("the video is closed");
    JpegOptions options;
    options.read(info, 0);
    if (!info[3]->IsFunction()) throw std::invalid_argument("expected a callback");
    if (self->video->isBusy.exchange(true)) throw std::runtime_error("expected one call at a time");
    queueWorker(std::make_shared<ReadWorker>(self->video, options), info, 3);
  }

  static NAN_METHOD(release) {
    // A worker may still hold the file; then that closes it.
    unwrap(info)->video.reset();
  }

private:
  explicit VideoReader(const std::string& path) : video(std::make_shared<OpenVideo>(path)) {
  }

  // Methods can be called on anything.
  static VideoReader* unwrap(Nan::NAN_METHOD_ARGS_TYPE info) {
    if (info.This()->InternalFieldCount() < 1) throw std::invalid_argument("expected a VideoReader");
    return Nan::ObjectWrap::Unwrap<VideoReader>(info.This());
  }

  std::shared_ptr<OpenVideo> video;
};

} // namespace

NAN_MODULE_INIT(initVideoReader) {
  v8::Local<v8::FunctionTemplate> type = Nan::New<v8::FunctionTemplate>(VideoReader::create);
  type->InstanceTemplate()->SetInternalFieldCount(1);
  type->SetClassName(FF::newString("VideoReader"));
  Nan::SetPrototypeMethod(type, "readAsync", VideoReader::readAsync);
  Nan::SetPrototypeMethod(type, "release", VideoReader::release);
  Nan::Set(target, FF::newString("VideoReader"), Nan::GetFunction(type).ToLocalChecked());
}

} // namespace image_socket
