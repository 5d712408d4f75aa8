import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { collectDefaultMetrics, Histogram } from 'prom-client';
import { finalize, type Observable } from 'rxjs';

collectDefaultMetrics();
const durations = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration of requests',
  labelNames: ['method', 'route', 'status'],
});

@Injectable()
export class MetricsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const { method, route } = http.getRequest();
    const end = durations.startTimer({ method, route: route.path });
    return next.handle().pipe(finalize(() => end({ status: http.getResponse().statusCode })));
  }
}
