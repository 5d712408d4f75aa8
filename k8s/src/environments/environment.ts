/** What one environment consists of, beside the release of charts/lms that ops install into it. */
export interface Environment {
  name: 'local' | 'staging' | 'production';
  /** Namespace that the chart is installed in. */
  namespace: string;
  /** The values file of the chart that belongs to it, in charts/lms/ci. */
  valuesFile: string;
  /** The most that all pods of the namespace together may ask for. */
  quota: Quota;
  /** Namespace of the ingress controller. */
  ingressNamespace: string;
  /** Backing servers in the cluster; null: managed ones, which the chart's values and Secret name. */
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
  /** Operators that are installed in the cluster; what they make replaces our StatefulSets. */
  operators: { cloudNativePg: boolean; strimzi: boolean };
  /** Passwords: written here for development, else Secrets that somebody has made (k8s/README.md). */
  secrets: 'development' | 'existing';
  /** Registry and owner of our own images, for the stand-in of the CDN. */
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
    /** cert-manager ClusterIssuer of those hosts; null: plain HTTP. */
    clusterIssuer: string | null;
  };
}
