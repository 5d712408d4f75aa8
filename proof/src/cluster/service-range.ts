/** Addresses of services inside the cluster; the API server has the first. */
export const serviceRange = '10.96.0.0/16';
export const apiServiceIp = '10.96.0.1';
