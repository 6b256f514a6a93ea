// libjpeg prints the first fault of each picture on standard error itself: a line of nobody's format, as many as a stranger
// cares to send damaged pictures. What matters comes back as an error of the call; the rest goes nowhere.
// Linked with --wrap=jpeg_std_error, so that OpenCV's calls come here.

#include <cstdio>

#include <jpeglib.h>

extern "C" jpeg_error_mgr* __real_jpeg_std_error(jpeg_error_mgr* errors);

namespace {
void drop(j_common_ptr) {
}
} // namespace

extern "C" jpeg_error_mgr* __wrap_jpeg_std_error(jpeg_error_mgr* errors) {
  jpeg_error_mgr* result = __real_jpeg_std_error(errors);
  result->output_message = drop;
  return result;
}
