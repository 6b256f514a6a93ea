// The formats that cameras send, as planes. https://docs.kernel.org/userspace-api/media/v4l/yuv-formats.html

#include "camera-jpeg.h"

#include <memory>
#include <stdexcept>
#include <vector>

#include "Mat.h"
#include "jpeg-call.h"

namespace image_socket {
namespace {

constexpr int code(char a, char b, char c, char d) {
  return a | b << 8 | c << 16 | d << 24;
}

enum Format {
  mjpg = code('M', 'J', 'P', 'G'),
  jpegs = code('J', 'P', 'E', 'G'),
  yuyv = code('Y', 'U', 'Y', 'V'),
  uyvy = code('U', 'Y', 'V', 'Y'),
  nv12 = code('N', 'V', '1', '2'),
  nv21 = code('N', 'V', '2', '1'),
  yu12 = code('Y', 'U', '1', '2'),
  yv12 = code('Y', 'V', '1', '2'),
};

const cv::Size2d ofYuyv(0.5, 1);
const cv::Size2d of420(0.5, 0.5);

// Two levels of luma and one of each chroma in four bytes, in the order of `y`, `u` and `v`.
void splitPacked(const cv::Mat& mat, int y, int u, int v, YuvPicture& picture) {
  if (mat.type() != CV_8UC2 || mat.cols % 2 != 0) throw std::runtime_error("expected two bytes for each pixel");
  picture.y.create(mat.size(), CV_8UC1);
  picture.u.create(mat.rows, mat.cols / 2, CV_8UC1);
  picture.v.create(mat.rows, mat.cols / 2, CV_8UC1);
  cv::extractChannel(mat, picture.y, y);
  const cv::Mat groups(mat.rows, mat.cols / 2, CV_8UC4, mat.data, mat.step);
  cv::extractChannel(groups, picture.u, u);
  cv::extractChannel(groups, picture.v, v);
  picture.chroma = ofYuyv;
}

// The rows of luma of a picture that goes on with chroma of half as many rows.
cv::Mat takeLuma(const cv::Mat& mat) {
  const int rows = mat.rows * 2 / 3;
  if (mat.type() != CV_8UC1 || !mat.isContinuous() || mat.cols % 2 != 0 || rows % 2 != 0 || rows == 0 || mat.rows % 3 != 0) {
    throw std::runtime_error("expected rows of luma and half as many of chroma");
  }
  return mat.rowRange(0, rows);
}

void splitInterleaved(const cv::Mat& mat, int u, YuvPicture& picture) {
  picture.y = takeLuma(mat);
  const cv::Mat pairs(picture.y.rows / 2, mat.cols / 2, CV_8UC2, mat.data + picture.y.total());
  cv::extractChannel(pairs, picture.u, u);
  cv::extractChannel(pairs, picture.v, 1 - u);
  picture.chroma = of420;
}

void splitPlanar(const cv::Mat& mat, bool isVFirst, YuvPicture& picture) {
  picture.y = takeLuma(mat);
  const cv::Size half(mat.cols / 2, picture.y.rows / 2);
  const cv::Mat first(half, CV_8UC1, mat.data + picture.y.total());
  const cv::Mat second(half, CV_8UC1, first.data + half.area());
  picture.u = isVFirst ? second : first;
  picture.v = isVFirst ? first : second;
  picture.chroma = of420;
}

// False where it is another format.
bool readPlanes(const cv::Mat& mat, int fourcc, cv::Size wanted, YuvPicture& picture) {
  picture.isFull = false;
  switch (fourcc) {
    case mjpg:
    case jpegs:
      if (!mat.isContinuous()) throw std::runtime_error("expected the bytes in one row");
      // A camera at its own size is decoded at its own size.
      return decodePlanes(mat.data, mat.total() * mat.elemSize(), wanted.empty() ? cv::Size(65535, 65535) : wanted, picture);
    case yuyv: splitPacked(mat, 0, 1, 3, picture); return true;
    case uyvy: splitPacked(mat, 1, 0, 2, picture); return true;
    case nv12: splitInterleaved(mat, 0, picture); return true;
    case nv21: splitInterleaved(mat, 1, picture); return true;
    case yu12: splitPlanar(mat, false, picture); return true;
    case yv12: splitPlanar(mat, true, picture); return true;
    default: return false;
  }
}

class CameraWorker : public FF::IAsyncWorker {
public:
  CameraWorker(const cv::Mat& mat, int fourcc, const JpegOptions& options) : mat(mat), fourcc(fourcc), options(options) {
  }

  std::string execute() override {
    YuvPicture planes;
    isKnown = readPlanes(mat, fourcc, options.size, planes);
    if (!isKnown) return "";
    size = options.size.empty() ? planes.y.size() : options.size;
    encodePlanes(resizePlanes(planes, size), options.quality, jpeg);
    return "";
  }

  bool applyUnwrappers(Nan::NAN_METHOD_ARGS_TYPE) override {
    return false;
  }

  v8::Local<v8::Value> getReturnValue() override {
    if (!isKnown) return Nan::Null();
    return wrapJpeg(jpeg, size);
  }

private:
  // Shares the bytes, whatever becomes of the Mat meanwhile.
  cv::Mat mat;
  int fourcc;
  JpegOptions options;
  bool isKnown = false;
  cv::Size size;
  JpegBytes jpeg;
};

} // namespace

NAN_METHOD(encodeCameraAsync) {
  cv::Mat mat;
  if (Mat::Converter::unwrapTo(&mat, info[0])) return;
  if (mat.empty() || mat.dims != 2) throw std::invalid_argument("encodeCameraAsync: expected a Mat that holds bytes");
  if (!info[1]->IsInt32()) throw std::invalid_argument("encodeCameraAsync: expected a fourcc");
  JpegOptions options;
  options.read(info, 2);
  queueWorker(std::make_shared<CameraWorker>(mat, Nan::To<int32_t>(info[1]).FromJust(), options), info, 5);
}

} // namespace image_socket
