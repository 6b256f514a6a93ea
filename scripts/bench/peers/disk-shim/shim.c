// A disk that has everything on it at once, by LD_PRELOAD: what a program costs that does not wait for the real one.
__attribute__((visibility("default"))) int fsync(int descriptor) {
  (void)descriptor;
  return 0;
}
