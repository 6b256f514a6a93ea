import process from 'node:process';
import { examine } from '../../doctor/examine.ts';
import { announceProbe } from '../../doctor/receiver-check.ts';
import { formatReport, formatReportAsJson } from '../../doctor/report.ts';
import { type CodedError, formatError } from '../../errors.ts';
import { checkRun } from '../../options/commands.ts';
import { readOptions } from '../../options/read-options.ts';
import { listUsbCameras } from '../../sources/camera/camera-list.ts';
import { camera } from '../../sources/camera/module.ts';
import type { CameraInfo } from '../../sources/camera-info.ts';
import { listCsiCameras } from '../../sources/rpicam/rpicam-list.ts';
import { printText } from '../../system/print.ts';
import type { Work } from '../program.ts';
import { formatCameras } from './camera-list.ts';
import { doctorOptions, senderCommandLine } from './commands.ts';
import { readDoctorRequest } from './doctor-options.ts';
import { sendPictures } from './send.ts';

const exitCodeOf = { camera: 3, receiver: 4, NATS: 4 } as const;

/** Does `camera`. */
export const sendOrListCameras: Work = (run, terminal, stop) => {
  return run.options['list'] === true ? printCameras(run, terminal, stop) : sendPictures(run, terminal, stop);
};

const printCameras: Work = async (run, terminal, stop) => {
  checkRun(senderCommandLine, run);
  let isKnown = true;
  const csiCameras = listCsiCameras(stop.signal).catch((error: CodedError) => {
    isKnown = false;
    terminal.warn(formatError(error));
  });
  const [usb, csi] = await Promise.all([listUsbCameras(), csiCameras]);
  const cameras: CameraInfo[] = [...usb, ...(csi ?? [])];
  const isJson = readOptions(camera.options, run.options).json;
  if (isKnown || isJson || cameras.length > 0) {
    await printText(isJson ? JSON.stringify(cameras) : formatCameras(cameras).join('\n'));
  }
  // It is not known which cameras there are.
  return isKnown ? undefined : exitCodeOf.camera;
};

/**
 * Does `doctor`: the last line is the command to type next; the exit code says what keeps pictures
 * from being sent.
 */
export const printDiagnosis: Work = async (run, terminal, stop) => {
  const request = readDoctorRequest(run);
  if (request.receiver !== undefined) terminal.info(announceProbe(request.receiver));
  const report = await examine(request, stop.signal);
  const { stdout } = process;
  const isColored = stdout.isTTY && stdout.hasColors();
  const text = readOptions(doctorOptions, run.options).json
    ? formatReportAsJson(report)
    : formatReport(report, isColored, stdout.columns);
  await printText(text);
  // After a signal the report holds what is known, and there is no verdict.
  return stop.signal.aborted || report.problem === undefined ? undefined : exitCodeOf[report.problem];
};
