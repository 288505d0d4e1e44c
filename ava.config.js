// Serial files: the tests share one kernel (ports, mounts, memory) and two cores.
export default {
  files: ['dist/test/**/*.test.js'],
  concurrency: 1,
  serial: true,
  timeout: '5m',
  workerThreads: false,
};
