/** A source that is compiled for one level of the processor: `arithm.avx2` beside `arithm.dispatch`. */
const LEVEL = /\.(sse2|sse4_1|sse4_2|avx|fp16|avx2|neon|neon_dotprod|neon_fp16|neon_bf16)$/;

/** The sources of OpenCV that the addon and the window plugin need, by module, without `.cpp`. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  core: [
    ...['alloc', 'array', 'buffer_area', 'channels', 'check', 'convert.dispatch', 'convert_scale.dispatch'],
    ...['copy', 'datastructs', 'glob', 'kmeans', 'logger', 'lut', 'mathfuncs', 'matrix', 'matrix_c'],
    ...['matrix_iterator', 'matrix_transform', 'matrix_wrap', 'merge.dispatch', 'parallel'],
    ...['parallel/parallel', 'parallel_impl', 'rand', 'softfloat', 'system', 'trace', 'umatrix'],
    ...['utils/datafile', 'utils/filesystem', 'utils/logtagconfigparser', 'utils/logtagmanager'],
  ],
  imgproc: [
    ...['color', 'color_hsv.dispatch', 'color_lab', 'color_rgb.dispatch', 'color_yuv.dispatch', 'demosaicing'],
    ...['drawing', 'hershey_fonts', 'resize', 'tables'],
  ],
  imgcodecs: ['bitstrm', 'exif', 'grfmt_base', 'grfmt_bmp', 'grfmt_jpeg', 'loadsave', 'utils'],
  videoio: [
    ...['backend_plugin', 'backend_static', 'cap', 'cap_ffmpeg', 'cap_images', 'cap_mjpeg_decoder'],
    ...['cap_mjpeg_encoder', 'cap_v4l', 'container_avi', 'videoio_c', 'videoio_registry'],
  ],
  highgui: ['backend', 'window'],
};

const NAMES = new Set(listSources().map(([module, name]) => `${module}/${name}`));

/** Each source with its module. */
export function listSources(): [module: string, name: string][] {
  return Object.entries(SOURCES).flatMap(([module, names]) => names.map((name): [string, string] => [module, name]));
}

/**
 * The object files of the sources that are used, among those that a build.ninja of OpenCV knows.
 * @throws Error where it does not know one of the sources
 */
export function chooseObjects(plan: string): string[] {
  const found = new Set<string>();
  const objects: string[] = [];
  for (const [, object = '', module = '', path = ''] of plan.matchAll(
    /^build (modules\/(\w+)\/CMakeFiles\/opencv_\w+\.dir\/(\S+)\.cpp\.o): /gm,
  )) {
    const name = `${module}/${path.replace(/^src\//, '').replace(LEVEL, '')}`;
    const source = [name, `${name}.dispatch`].find((one) => NAMES.has(one));
    if (source === undefined) continue;
    found.add(source);
    objects.push(object);
  }
  const missing = [...NAMES].filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`Cannot find ${missing.join(', ')} among OpenCV's sources`);
  return objects;
}

/**
 * A build.ninja of OpenCV in which the objects of one module do not wait for the library of another. They do for the
 * sake of the code for OpenCL, which is empty here.
 * @throws Error where they do not wait: then OpenCV has changed
 */
export function freeObjects(plan: string): string {
  const free = plan.replaceAll(/^(build modules\/\w+\/opencl_kernels_.*) \|\| lib\/libopencv_core\.a$/gm, '$1');
  if (free === plan) throw new Error("Cannot find the code for OpenCL in OpenCV's build.ninja");
  return free;
}
