// Colour spaces that cv::cvtColor names and nothing here asks for. Their sources take a tenth of the time of OpenCV's.

#include <opencv2/core.hpp>

namespace cv {

[[noreturn]] static void refuseColor() {
  // Not CV_Error, which would put the path of this file into the library.
  error(Exception(Error::StsNotImplemented, "this build has no HLS, HSV, Lab, Luv and XYZ", "cvtColor", "", 0));
}

void cvtColorBGR2Lab(InputArray, OutputArray, bool, bool) { refuseColor(); }
void cvtColorBGR2Luv(InputArray, OutputArray, bool, bool) { refuseColor(); }
void cvtColorLab2BGR(InputArray, OutputArray, int, bool, bool) { refuseColor(); }
void cvtColorLuv2BGR(InputArray, OutputArray, int, bool, bool) { refuseColor(); }
void cvtColorBGR2XYZ(InputArray, OutputArray, bool) { refuseColor(); }
void cvtColorXYZ2BGR(InputArray, OutputArray, int, bool) { refuseColor(); }
void cvtColorBGR2HLS(InputArray, OutputArray, bool, bool) { refuseColor(); }
void cvtColorBGR2HSV(InputArray, OutputArray, bool, bool) { refuseColor(); }
void cvtColorHLS2BGR(InputArray, OutputArray, int, bool, bool) { refuseColor(); }
void cvtColorHSV2BGR(InputArray, OutputArray, int, bool, bool) { refuseColor(); }

} // namespace cv
