// Prints the USB cameras as JSON: list-cameras.ts SYSFS DEV. A program of its own, as the shim is there from a program's start or not.
import process from 'node:process';
import { listUsbCameras } from '../../../src/sources/camera/camera-list.ts';

const [, , sysfs = '', dev = ''] = process.argv;
process.stdout.write(`${JSON.stringify(await listUsbCameras({ sysfs, dev }))}\n`);
