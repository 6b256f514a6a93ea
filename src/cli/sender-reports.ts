import process from 'node:process';
import { examine } from '../doctor/examine.ts';
import { formatReport, formatReportAsJson } from '../doctor/report.ts';
import { CodedError } from '../protocol/errors.ts';
import type { CameraInfo } from '../sources/camera-info.ts';
import { listUsbCameras } from '../sources/camera-list.ts';
import { listRibbonCameras } from '../sources/rpicam-list.ts';
import { formatCameras } from './camera-list.ts';
import { readDoctorRequest } from './doctor-options.ts';
import { printText } from './print.ts';
import type { Work } from './program.ts';
import { readSwitch } from './values.ts';

/** What `camera --list` prints. */
export const printCameras: Work = async ({ options }, _terminal, stop) => {
  const [usb, ribbon = []] = await Promise.all([listUsbCameras(), listRibbonCameras(stop.signal)]);
  const cameras: CameraInfo[] = [...usb, ...ribbon];
  await printText(readSwitch(options, 'json') ? JSON.stringify(cameras) : formatCameras(cameras).join('\n'));
};

/** What `doctor` prints. @throws CodedError SOURCE_FAILED, CONNECT_FAILED when pictures cannot be sent */
export const printDiagnosis: Work = async (run, _terminal, stop) => {
  const report = await examine(readDoctorRequest(run), stop.signal);
  const { isTTY, columns } = process.stdout;
  await printText(readSwitch(run.options, 'json') ? formatReportAsJson(report) : formatReport(report, isTTY, columns));
  if (report.obstacle === undefined) return;
  const code = report.obstacle === 'camera' ? 'SOURCE_FAILED' : 'CONNECT_FAILED';
  throw new CodedError(code, report.summary);
};
