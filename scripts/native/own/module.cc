// The entry of the addon: what the programs call, and nothing else of the package. `calls.ts` takes the other calls out
// of the package's sources, so that neither they nor the parts of OpenCV behind them are compiled.

#include <stdexcept>
#include <string>

#include <opencv2/core.hpp>
#include <opencv2/highgui.hpp>
#include <opencv2/imgproc.hpp>

#include "ExternalMemTracking.h"
#include "Mat.h"
#include "Point.h"
#include "Rect.h"
#include "Size.h"
#include "Vec.h"
#include "camera-jpeg.h"
#include "capture-formats.h"
#include "highgui/highgui.h"
#include "io/io.h"
#include "video-reader.h"

namespace {

// Instead of a line on standard error.
int throwError(int status, const char *function, const char *message, const char *file, int line, void *) {
  throw std::runtime_error(
      "OpenCV Error: (" + std::string(message) + ") in " + function + ", in file " + file + ", line " +
      std::to_string(line) + ", status " + std::to_string(status));
}

void setConstant(v8::Local<v8::Object> target, const char *name, int value) {
  Nan::Set(target, FF::newString(name), Nan::New(value));
}

} // namespace

NAN_MODULE_INIT(init) {
  ExternalMemTracking::Init(target);
  cv::redirectError(throwError);
  Mat::Init(target);
  Point::Init(target);
  Vec::Init(target);
  Size::Init(target);
  Rect::Init(target);
  Io::Init(target);
  Highgui::Init(target);
  Nan::SetMethod(target, "listCaptureFormats", image_socket::listCaptureFormats);
  Nan::SetMethod(target, "encodeCameraAsync", image_socket::encodeCameraAsync);
  image_socket::initVideoReader(target);
  setConstant(target, "CV_8UC1", CV_8UC1);
  setConstant(target, "CV_8UC2", CV_8UC2);
  setConstant(target, "CV_8UC3", CV_8UC3);
  setConstant(target, "IMREAD_COLOR", cv::IMREAD_COLOR);
  setConstant(target, "IMREAD_GRAYSCALE", cv::IMREAD_GRAYSCALE);
  setConstant(target, "IMWRITE_JPEG_QUALITY", cv::IMWRITE_JPEG_QUALITY);
  setConstant(target, "INTER_AREA", cv::INTER_AREA);
  setConstant(target, "FONT_HERSHEY_SIMPLEX", cv::FONT_HERSHEY_SIMPLEX);
  setConstant(target, "LINE_AA", cv::LINE_AA);
  setConstant(target, "WINDOW_AUTOSIZE", cv::WINDOW_AUTOSIZE);
}

NAN_MODULE_WORKER_ENABLED(opencv4nodejs, init)
