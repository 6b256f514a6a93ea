import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FFMPEG_OPTIONS, OPENCV_OPTIONS, OPENCV_TARGET_OPTIONS, SOURCE_PINS } from './recipe.ts';
import { unpackSource } from './sources.ts';
import type { Step, StepRunner } from './steps.ts';
import { listCmakeOptions, listCompileFlags, type Toolchain } from './toolchain.ts';

/** The step folders of the static libraries; each holds `src` and the installed `prefix`. */
export interface Libraries {
  zlib: string;
  libpng: string;
  'libjpeg-turbo': string;
  ffmpeg: string;
  opencv: string;
}

/** Builds every static library that the addon is made of. */
export async function buildLibraries(steps: StepRunner, tools: Toolchain): Promise<Libraries> {
  const zlib = await steps.runStep('zlib', SOURCE_PINS.zlib, (step) => buildZlib(step, tools));
  const libpng = await steps.runStep('libpng', SOURCE_PINS.libpng, (step) => buildLibpng(step, tools, zlib));
  const jpegPin = SOURCE_PINS['libjpeg-turbo'];
  const jpeg = await steps.runStep('libjpeg-turbo', jpegPin, (step) => buildJpeg(step, tools));
  const ffmpegInputs = [SOURCE_PINS.ffmpeg, FFMPEG_OPTIONS];
  const ffmpeg = await steps.runStep('ffmpeg', ffmpegInputs, (step) => buildFfmpeg(step, tools));
  const folders = { zlib, libpng, 'libjpeg-turbo': jpeg, ffmpeg };
  const opencvInputs = [SOURCE_PINS.opencv, OPENCV_OPTIONS, OPENCV_TARGET_OPTIONS[tools.target]];
  const opencv = await steps.runStep('opencv', opencvInputs, (step) => buildOpencv(step, tools, folders));
  return { ...folders, opencv };
}

async function buildZlib(step: Step, tools: Toolchain): Promise<void> {
  const source = await unpackSource(step, 'zlib');
  const env = {
    CHOST: tools.triplet,
    CC: tools.cc,
    AR: `${tools.triplet}-ar`,
    RANLIB: `${tools.triplet}-ranlib`,
    CFLAGS: listCompileFlags(step.folder).join(' '),
  };
  await step.run('./configure', ['--static', `--prefix=${join(step.folder, 'prefix')}`], { cwd: source, env });
  await step.run('make', [`-j${tools.jobs}`, 'libz.a'], { cwd: source, env });
  await step.run('make', ['install'], { cwd: source, env });
}

async function buildLibpng(step: Step, tools: Toolchain, zlib: string): Promise<void> {
  await unpackSource(step, 'libpng');
  const options = ['PNG_SHARED=OFF', 'PNG_TESTS=OFF', 'PNG_TOOLS=OFF', 'PNG_EXECUTABLES=OFF', 'PNG_FRAMEWORK=OFF'];
  await buildWithCmake(step, tools, [...options.map((option) => `-D${option}`), ...locateZlib(zlib)]);
}

async function buildJpeg(step: Step, tools: Toolchain): Promise<void> {
  await unpackSource(step, 'libjpeg-turbo');
  const options = ['ENABLE_SHARED=OFF', 'ENABLE_STATIC=ON', 'REQUIRE_SIMD=ON', 'WITH_TURBOJPEG=OFF', 'WITH_JAVA=OFF'];
  await buildWithCmake(
    step,
    tools,
    options.map((option) => `-D${option}`),
  );
}

async function buildFfmpeg(step: Step, tools: Toolchain): Promise<void> {
  const source = await unpackSource(step, 'ffmpeg');
  const cross = tools.cross ? ['--enable-cross-compile'] : [];
  await step.run(
    './configure',
    [
      `--prefix=${join(step.folder, 'prefix')}`,
      `--arch=${tools.processor}`,
      '--target-os=linux',
      `--cross-prefix=${tools.triplet}-`,
      '--pkg-config=pkg-config',
      ...cross,
      `--cc=${tools.cc}`,
      `--extra-cflags=${listCompileFlags(step.folder).join(' ')}`,
      ...FFMPEG_OPTIONS,
    ],
    { cwd: source },
  );
  await step.run('make', [`-j${tools.jobs}`], { cwd: source });
  await step.run('make', ['install'], { cwd: source });
}

async function buildOpencv(step: Step, tools: Toolchain, libraries: Omit<Libraries, 'opencv'>): Promise<void> {
  await unpackSource(step, 'opencv');
  const png = join(libraries.libpng, 'prefix');
  const jpeg = join(libraries['libjpeg-turbo'], 'prefix');
  const pkgConfig = Object.values(libraries).map((folder) => join(folder, 'prefix/lib/pkgconfig'));
  await buildWithCmake(
    step,
    tools,
    [
      ...OPENCV_OPTIONS,
      ...OPENCV_TARGET_OPTIONS[tools.target],
      ...locateZlib(libraries.zlib),
      `-DPNG_PNG_INCLUDE_DIR=${png}/include`,
      `-DPNG_LIBRARY=${png}/lib/libpng16.a`,
      `-DJPEG_INCLUDE_DIR=${jpeg}/include`,
      `-DJPEG_LIBRARY=${jpeg}/lib/libjpeg.a`,
    ],
    { PKG_CONFIG_LIBDIR: pkgConfig.join(':'), PKG_CONFIG_PATH: '' },
    hideFolders,
  );
}

// OpenCV keeps a report of its build, folders included, which differ from machine to machine.
async function hideFolders(build: string): Promise<void> {
  const report = join(build, 'modules/core/version_string.inc');
  const text = await readFile(report, 'utf8');
  await writeFile(report, text.replaceAll(/(?<=[\s"=])\/[\w.@+-]+(\/[\w.@+-]+)*\//g, ''));
}

function locateZlib(folder: string): string[] {
  return [`-DZLIB_INCLUDE_DIR=${folder}/prefix/include`, `-DZLIB_LIBRARY=${folder}/prefix/lib/libz.a`];
}

async function buildWithCmake(
  step: Step,
  tools: Toolchain,
  options: readonly string[],
  env: NodeJS.ProcessEnv = {},
  beforeCompiling?: (build: string) => Promise<void>,
): Promise<void> {
  const build = join(step.folder, 'build');
  const common = listCmakeOptions(tools, step.folder, join(step.folder, 'prefix'));
  await step.run('cmake', ['-S', join(step.folder, 'src'), '-B', build, ...common, ...options], { env });
  await beforeCompiling?.(build);
  await step.run('ninja', ['-C', build, `-j${tools.jobs}`, 'install'], { env });
}
