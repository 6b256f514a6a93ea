/** The machines that the addon is built for. */
export type Target = 'linux-x64' | 'linux-arm64';

export const TARGETS: readonly Target[] = ['linux-x64', 'linux-arm64'];

/** Newest glibc that the result may ask for: Raspberry Pi OS Bookworm has 2.36, Ubuntu 22.04 has 2.35. */
export const NEWEST_GLIBC = '2.35';

/** A pinned source package of Debian trixie: its files in the archive's pool, the upstream tarball first. */
export interface SourcePin {
  version: string;
  licence: string;
  /** Licence texts inside the unpacked source. */
  licenceFiles: readonly string[];
  /** Pool path and SHA-256 of each file; of the Debian tarball the patches are applied. */
  files: readonly (readonly [poolPath: string, sha256: string])[];
}

export const SOURCE_PINS = {
  zlib: {
    version: '1.3.1-1',
    licence: 'Zlib',
    licenceFiles: ['LICENSE'],
    files: [
      [
        'pool/main/z/zlib/zlib_1.3.dfsg+really1.3.1.orig.tar.gz',
        '60dd315c07f616887caa029408308a018ace66e3d142726a97db164b3b8f69fb',
      ],
      [
        'pool/main/z/zlib/zlib_1.3.dfsg+really1.3.1-1.debian.tar.xz',
        '9ed525955ce9fb0c1b39be8ff98f73450dbfc6305a9a27e6149c8972d38a0a9e',
      ],
    ],
  },
  'libjpeg-turbo': {
    version: '2.1.5-4',
    licence: 'IJG AND BSD-3-Clause AND Zlib',
    licenceFiles: ['LICENSE.md', 'README.ijg'],
    files: [
      [
        'pool/main/libj/libjpeg-turbo/libjpeg-turbo_2.1.5.orig.tar.gz',
        '254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c',
      ],
      [
        'pool/main/libj/libjpeg-turbo/libjpeg-turbo_2.1.5-4.debian.tar.xz',
        '739e7dc22904dccdc5ab105de57a6e4c1515c0e841e68226e6410ff4976e0e91',
      ],
    ],
  },
  ffmpeg: {
    version: '7.1.5',
    licence: 'LGPL-2.1-or-later',
    licenceFiles: ['LICENSE.md', 'COPYING.LGPLv2.1'],
    files: [
      [
        'pool/main/f/ffmpeg/ffmpeg_7.1.5.orig.tar.xz',
        'de668509caf9e35e3cd162473441fdb29538c6d96ed080292b3cf9e6fc5d558f',
      ],
    ],
  },
  opencv: {
    version: '4.10.0',
    licence: 'Apache-2.0',
    licenceFiles: ['LICENSE', 'COPYRIGHT'],
    files: [
      [
        'pool/main/o/opencv/opencv_4.10.0+dfsg.orig.tar.xz',
        '4ca619efbad524c550771ab110332fc81293fb720bd03980fe58bc15f9ca3be8',
      ],
    ],
  },
} as const satisfies Record<string, SourcePin>;

export type SourceName = keyof typeof SOURCE_PINS;

/** Debian packages of the building machine. FFmpeg's configure wants some compiler for it; nothing of ours is its work. */
export const BUILD_PACKAGES = [
  ...['binutils', 'cmake', 'gcc', 'libc6-dev', 'make', 'nasm', 'ninja-build', 'patch', 'pkg-config', 'xz-utils'],
];

/** Debian packages that try the result of another machine's build. */
export const EMULATOR_PACKAGES = ['qemu-user-static'];

/** The compilers, from Debian bookworm, unpacked beside the system with all that they depend on. */
export const COMPILER_PACKAGES: Record<Target, readonly string[]> = {
  'linux-x64': ['g++-12'],
  'linux-arm64': ['g++-12-aarch64-linux-gnu'],
};

/** For every C and C++ file: position-independent, nothing exported, and sections that the linker can drop. */
export const COMPILE_FLAGS = ['-O2', '-fPIC', '-fvisibility=hidden', '-ffunction-sections', '-fdata-sections'];

const FFMPEG_PARTS = {
  protocol: 'file',
  demuxer: 'mov,matroska,avi,mjpeg,mpegts,mpegps,h264,hevc,m4v,flv,ogg,ivf,rawvideo',
  decoder: 'h264,hevc,mpeg4,msmpeg4v3,mpeg1video,mpeg2video,mjpeg,vp8,vp9,theora,rawvideo,ffv1,huffyuv',
  encoder: 'mpeg4',
  muxer: 'mp4',
  parser: 'h264,hevc,mpeg4video,mpegvideo,mjpeg,vp3,vp8,vp9',
  bsf: 'extract_extradata,h264_mp4toannexb,hevc_mp4toannexb,mpeg4_unpack_bframes,vp9_superframe_split',
};

/** FFmpeg's configure options: a reader of video files, LGPL 2.1, without network and devices. */
export const FFMPEG_OPTIONS = [
  '--disable-everything',
  '--disable-autodetect',
  '--disable-network',
  '--disable-programs',
  '--disable-doc',
  '--disable-avdevice',
  '--disable-avfilter',
  '--disable-swresample',
  '--disable-shared',
  '--enable-static',
  '--enable-pic',
  '--disable-debug',
  // --disable-autodetect would leave the decoders without threads.
  '--enable-pthreads',
  ...Object.entries(FFMPEG_PARTS).flatMap(([kind, names]) =>
    names.split(',').map((name) => `--enable-${kind}=${name}`),
  ),
];

/** Objects of libavutil, without `.o`, that nothing calls: transforms of sound, ciphers, hashes and side data. */
export const FFMPEG_UNUSED = [
  ...['tx', 'tx_double', 'tx_float', 'tx_float_init', 'tx_float_neon', 'tx_int32', 'fixed_dsp', 'fixed_dsp_init'],
  ...['float_dsp', 'float_dsp_init', 'float_dsp_neon', 'lls', 'lls_init', 'audio_fifo', 'downmix_info', 'lfg'],
  ...['adler32', 'blowfish', 'camellia', 'cast5', 'des', 'hash', 'hmac', 'murmur3', 'rc4', 'ripemd', 'sha512', 'tea'],
  ...['twofish', 'xtea', 'detection_bbox', 'video_hint', 'executor', 'pixelutils', 'threadmessage', 'tree', 'uuid'],
  'xga_font_data',
];

const OPENCV_ON = [
  'ENABLE_PIC',
  'WITH_JPEG',
  'WITH_FFMPEG',
  'WITH_V4L',
  'HIGHGUI_ENABLE_PLUGINS',
  'OPENCV_FFMPEG_SKIP_BUILD_CHECK',
  'BUILD_INFO_SKIP_TIMESTAMP',
  'BUILD_INFO_SKIP_SYSTEM_VERSION',
  'BUILD_INFO_SKIP_EXTRA_MODULES',
];

// What Debian's source does not carry, what we do not use, and what would be looked for on the building machine.
const OPENCV_OFF = [
  ...['BUILD_SHARED_LIBS', 'BUILD_TESTS', 'BUILD_PERF_TESTS', 'BUILD_EXAMPLES', 'BUILD_opencv_apps', 'BUILD_JAVA'],
  ...['BUILD_opencv_python2', 'BUILD_opencv_python3', 'BUILD_opencv_js', 'BUILD_ITT', 'BUILD_IPP_IW', 'BUILD_PROTOBUF'],
  ...['BUILD_ZLIB', 'BUILD_JPEG', 'CV_TRACE', 'ENABLE_PRECOMPILED_HEADERS', 'VIDEOIO_ENABLE_PLUGINS'],
  ...['WITH_IPP', 'WITH_ITT', 'WITH_OPENCL', 'WITH_PROTOBUF', 'WITH_FLATBUFFERS', 'WITH_ADE', 'WITH_QUIRC'],
  ...['WITH_CAROTENE', 'WITH_KLEIDICV', 'WITH_OBSENSOR', 'WITH_LAPACK', 'WITH_EIGEN', 'WITH_TBB', 'WITH_OPENMP'],
  ...['WITH_GTK', 'WITH_QT', 'WITH_VTK', 'WITH_OPENGL', 'WITH_WAYLAND', 'WITH_GSTREAMER', 'WITH_1394', 'WITH_VA'],
  ...['WITH_VULKAN', 'WITH_CUDA', 'WITH_OPENVX', 'WITH_HPX', 'WITH_GDAL', 'WITH_GDCM', 'WITH_GPHOTO2', 'WITH_AVIF'],
  ...['WITH_PNG', 'WITH_TIFF', 'WITH_WEBP', 'WITH_OPENJPEG', 'WITH_JASPER', 'WITH_OPENEXR', 'WITH_SPNG', 'WITH_JPEGXL'],
  ...['WITH_IMGCODEC_HDR', 'WITH_IMGCODEC_SUNRASTER', 'WITH_IMGCODEC_PXM', 'WITH_IMGCODEC_PFM'],
];

export const OPENCV_MODULES = ['core', 'imgproc', 'imgcodecs', 'videoio', 'highgui'];

/** What of OpenCV's sources is not unpacked, as tar takes it: the modules that are not built, and what only tests read. */
export const OPENCV_UNUSED = [
  ...['calib3d', 'dnn', 'features2d', 'flann', 'gapi', 'java', 'js', 'ml', 'objc', 'objdetect', 'photo', 'python'],
  ...['stitching', 'ts', 'video', 'world', '*/perf', '*/test'],
].map((name) => `*/modules/${name}`);

/** OpenCV's CMake options besides the compilers and the places of its libraries. */
export const OPENCV_OPTIONS = [
  `-DBUILD_LIST=${OPENCV_MODULES.join(',')}`,
  ...OPENCV_ON.map((name) => `-D${name}=ON`),
  ...OPENCV_OFF.map((name) => `-D${name}=OFF`),
];

export const OPENCV_TARGET_OPTIONS: Record<Target, readonly string[]> = {
  // Code for AVX-512 as well would make it larger and hardly faster.
  'linux-x64': ['-DCPU_DISPATCH=SSE4_1;SSE4_2;AVX;FP16;AVX2'],
  'linux-arm64': [],
};

/** The package's C++ files that are compiled: those behind the calls of calls.ts. */
export const ADDON_FILES = [
  ...['CustomMatAllocator.cc', 'ExternalMemTracking.cc', 'core/Mat.cc', 'core/Point.cc', 'core/Rect.cc'],
  ...['core/Size.cc', 'core/Vec.cc', 'imgproc/MatImgproc.cc', 'io/io.cc', 'io/VideoCapture.cc', 'io/VideoWriter.cc'],
  'highgui/highgui.cc',
];

/**
 * Link options of both libraries. The libstdc++ inside is hidden (Node exports another one), while libgcc_s stays
 * shared: an exception that crosses from the window plugin into the addon would otherwise end the process.
 */
export const LINK_FLAGS = [
  '-shared',
  '-static-libstdc++',
  '-shared-libgcc',
  '-Wl,-Bsymbolic',
  '-Wl,--gc-sections',
  '-Wl,--exclude-libs,ALL',
  '-Wl,--no-undefined-version',
  '-Wl,-z,relro,-z,now',
  '-Wl,--build-id=none',
];

/** Debian packages (bookworm) that the window plugin is compiled and linked against; the user's own GTK 3 runs it. */
export const GTK_PACKAGES = [
  ...['libgtk-3-dev', 'libgtk-3-0', 'libglib2.0-dev', 'libglib2.0-0', 'libcairo2-dev', 'libcairo2'],
  ...['libgdk-pixbuf-2.0-dev', 'libgdk-pixbuf-2.0-0', 'libpango1.0-dev', 'libharfbuzz-dev', 'libatk1.0-dev'],
];
