/** One environment, without the release of charts/lms that ops install into it. */
export interface Environment {
  name: 'local' | 'staging' | 'production';
  /** Namespace that the chart is installed in. */
  namespace: string;
  /** The chart's values file for it, in charts/lms/ci. */
  valuesFile: string;
  /** Limits on the total resources of all pods of the namespace. */
  quota: Quota;
  /** Namespace of the ingress controller. */
  ingressNamespace: string;
  /** Backing servers in the cluster; null if they are managed outside it and named in the chart's values and Secret. */
  servers: BackingServers | null;
}

export interface Quota {
  /** Cores. */
  cpu: string;
  /** Requests, as a Kubernetes quantity. */
  memory: string;
  /** Limits, as a Kubernetes quantity. */
  memoryLimit: string;
  pods: number;
}

export interface BackingServers {
  namespace: string;
  quota: Quota;
  /** Operators that are installed in the cluster; their objects replace our StatefulSets. */
  operators: { cloudNativePg: boolean; strimzi: boolean };
  /** Where passwords come from: fixed ones for development, or existing Secrets (k8s/README.md). */
  secrets: 'development' | 'existing';
  /** Registry and owner of our own images, for the stand-in for the CDN. */
  toolsImage: string;
  postgres: { storage: string; maxConnections: number; instances: number };
  redis: { storage: string; maxMemoryMb: number };
  kafka: { storage: string; brokers: 1 | 3; heapMb: number };
  objectStore: {
    storage: string;
    bucket: string;
    /** Hosts under which clients reach signed URLs and public files. */
    s3Host: string;
    cdnHost: string;
    /** cert-manager ClusterIssuer for those hosts; null for plain HTTP. */
    clusterIssuer: string | null;
  };
}
