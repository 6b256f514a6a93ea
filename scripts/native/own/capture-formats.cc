// OpenCV knows what a camera is set to and not what it could be set to; V4L2 does.
// https://docs.kernel.org/userspace-api/media/v4l/vidioc-enum-fmt.html, vidioc-enum-framesizes.html, vidioc-enum-frameintervals.html

#include "capture-formats.h"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace image_socket {
namespace {

// A list ends where the driver says EINVAL, which one with a fault may never do. Cameras have some 5, 25 and 10.
const __u32 mostFormats = 32;
const __u32 mostSizes = 64;
const __u32 mostRates = 32;
const int mostInterruptions = 100;

std::runtime_error describeFailure(const std::string& what, const std::string& path) {
  return std::runtime_error("Cannot " + what + " " + path + ": " + std::strerror(errno));
}

class Device {
public:
  // O_NONBLOCK: some drivers let an open wait until nobody else has the device.
  explicit Device(const std::string& path) : fd(::open(path.c_str(), O_RDWR | flags)) {
    if (fd < 0) fd = ::open(path.c_str(), O_RDONLY | flags);
    if (fd < 0) throw describeFailure("open", path);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device() {
    ::close(fd);
  }

  bool ask(unsigned long request, void* answer) const {
    for (int i = 0; i < mostInterruptions; i++) {
      if (::ioctl(fd, request, answer) == 0) return true;
      if (errno != EINTR) return false;
    }
    return false;
  }

private:
  static const int flags = O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
  int fd;
};

template<typename Value>
void append(v8::Local<v8::Array> list, Value value) {
  Nan::Set(list, list->Length(), value);
}

template<typename Value>
void put(v8::Local<v8::Object> object, const char* name, Value value) {
  Nan::Set(object, FF::newString(name), value);
}

// A field of fixed length need not end with a zero byte, nor be UTF-8; what is not is replaced.
v8::Local<v8::String> readText(const __u8* text, size_t size) {
  const char* chars = reinterpret_cast<const char*>(text);
  return Nan::New(chars, (int)strnlen(chars, size)).ToLocalChecked();
}

void appendRate(v8::Local<v8::Array> rates, const v4l2_fract& interval) {
  if (interval.numerator > 0 && interval.denominator > 0) {
    append(rates, Nan::New((double)interval.denominator / interval.numerator));
  }
}

v8::Local<v8::Array> listRates(const Device& device, __u32 fourcc, __u32 width, __u32 height) {
  v8::Local<v8::Array> rates = Nan::New<v8::Array>();
  for (__u32 i = 0; i < mostRates; i++) {
    v4l2_frmivalenum answer = {};
    answer.index = i;
    answer.pixel_format = fourcc;
    answer.width = width;
    answer.height = height;
    if (!device.ask(VIDIOC_ENUM_FRAMEINTERVALS, &answer)) break;
    if (answer.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
      appendRate(rates, answer.discrete);
      continue;
    }
    appendRate(rates, answer.stepwise.min);
    appendRate(rates, answer.stepwise.max);
    break;
  }
  return rates;
}

void appendSize(v8::Local<v8::Array> sizes, const Device& device, __u32 fourcc, __u32 width, __u32 height) {
  v8::Local<v8::Object> size = Nan::New<v8::Object>();
  put(size, "width", Nan::New(width));
  put(size, "height", Nan::New(height));
  put(size, "rates", listRates(device, fourcc, width, height));
  append(sizes, size);
}

v8::Local<v8::Array> listSizes(const Device& device, __u32 fourcc) {
  v8::Local<v8::Array> sizes = Nan::New<v8::Array>();
  for (__u32 i = 0; i < mostSizes; i++) {
    v4l2_frmsizeenum answer = {};
    answer.index = i;
    answer.pixel_format = fourcc;
    if (!device.ask(VIDIOC_ENUM_FRAMESIZES, &answer)) break;
    if (answer.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
      appendSize(sizes, device, fourcc, answer.discrete.width, answer.discrete.height);
      continue;
    }
    const v4l2_frmsize_stepwise& range = answer.stepwise;
    appendSize(sizes, device, fourcc, range.min_width, range.min_height);
    if (range.max_width != range.min_width || range.max_height != range.min_height) {
      appendSize(sizes, device, fourcc, range.max_width, range.max_height);
    }
    break;
  }
  return sizes;
}

v8::Local<v8::Array> listFormats(const Device& device, __u32 type) {
  v8::Local<v8::Array> formats = Nan::New<v8::Array>();
  for (__u32 i = 0; i < mostFormats; i++) {
    v4l2_fmtdesc answer = {};
    answer.index = i;
    answer.type = type;
    if (!device.ask(VIDIOC_ENUM_FMT, &answer)) break;
    v8::Local<v8::Object> format = Nan::New<v8::Object>();
    put(format, "fourcc", Nan::New(answer.pixelformat));
    put(format, "sizes", listSizes(device, answer.pixelformat));
    append(formats, format);
  }
  return formats;
}

} // namespace

NAN_METHOD(listCaptureFormats) {
  if (info.Length() < 1 || !info[0]->IsString()) throw std::invalid_argument("listCaptureFormats: expected a path");
  const std::string path = *Nan::Utf8String(info[0]);
  const Device device(path);
  v4l2_capability about = {};
  if (!device.ask(VIDIOC_QUERYCAP, &about)) throw describeFailure("ask", path);
  // Of a device with several nodes, `capabilities` are those of all of them.
  const bool hasOwn = (about.capabilities & V4L2_CAP_DEVICE_CAPS) != 0;
  const __u32 capabilities = hasOwn ? about.device_caps : about.capabilities;
  const __u32 multiplanar = capabilities & V4L2_CAP_VIDEO_CAPTURE_MPLANE;
  const bool captures = (capabilities & V4L2_CAP_VIDEO_CAPTURE) != 0 || multiplanar != 0;
  // Codecs take pictures in and give others out.
  const bool isCapture = captures && (capabilities & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE)) == 0;
  const __u32 type = multiplanar != 0 ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
  v8::Local<v8::Object> result = Nan::New<v8::Object>();
  put(result, "driver", readText(about.driver, sizeof about.driver));
  put(result, "card", readText(about.card, sizeof about.card));
  put(result, "isCapture", Nan::New(isCapture));
  put(result, "formats", isCapture ? listFormats(device, type) : Nan::New<v8::Array>());
  info.GetReturnValue().Set(result);
}

} // namespace image_socket
