#ifndef IMAGE_SOCKET_JPEG_CALL_H
#define IMAGE_SOCKET_JPEG_CALL_H

#include <cstdlib>

#include "NativeNodeUtils.h"
#include "plane-jpeg.h"

namespace image_socket {

// { jpeg, width, height } of an encoded picture. The Buffer takes the bytes over.
inline v8::Local<v8::Object> wrapJpeg(JpegBytes& jpeg, cv::Size size) {
  // libjpeg doubles its buffer whenever it is full: up to half of it would be kept for nothing.
  void* fit = std::realloc(jpeg.data, jpeg.size);
  if (fit != nullptr) jpeg.data = static_cast<uchar*>(fit);
  v8::Local<v8::Object> result = Nan::New<v8::Object>();
  char* bytes = reinterpret_cast<char*>(jpeg.data);
  jpeg.data = nullptr;
  Nan::Set(result, FF::newString("jpeg"), Nan::NewBuffer(bytes, (uint32_t)jpeg.size).ToLocalChecked());
  Nan::Set(result, FF::newString("width"), Nan::New(size.width));
  Nan::Set(result, FF::newString("height"), Nan::New(size.height));
  return result;
}

// The size and the quality that a call asks for.
struct JpegOptions {
  cv::Size size; // empty: that of the source
  int quality = 0;

  // Reads width, height (0 and 0: those of the source) and quality from `first` on. Throws std::invalid_argument.
  void read(Nan::NAN_METHOD_ARGS_TYPE info, int first) {
    int values[3];
    for (int i = 0; i < 3; i++) {
      if (!info[first + i]->IsInt32()) throw std::invalid_argument("expected width, height and quality");
      values[i] = Nan::To<int32_t>(info[first + i]).FromJust();
    }
    const bool isSize = values[0] > 0 && values[1] > 0 && values[0] <= 65535 && values[1] <= 65535;
    if (!isSize && (values[0] != 0 || values[1] != 0)) throw std::invalid_argument("expected a size of 1x1 to 65535x65535, or 0x0");
    size = cv::Size(values[0], values[1]);
    quality = values[2];
  }
};

// Runs `worker` on another thread; the callback is the argument `at`. Throws std::invalid_argument where that is no function.
inline void queueWorker(std::shared_ptr<FF::IAsyncWorker> worker, Nan::NAN_METHOD_ARGS_TYPE info, int at) {
  if (!info[at]->IsFunction()) throw std::invalid_argument("expected a callback");
  Nan::AsyncQueueWorker(new FF::AsyncWorker(new Nan::Callback(info[at].As<v8::Function>()), worker));
}

} // namespace image_socket

#endif
