/**
 * Imported before ONNX Runtime: from 1.30 on its builds for Linux write an identifier of the device into the home folder and send
 * events to their maker, unless this variable is set when it is loaded.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
