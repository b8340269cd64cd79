"""The metrics address: native histograms as the protobuf library reads them, and `monitor http://…`."""

import json
import math
import subprocess
import urllib.request

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.internal.decoder import _DecodeVarint32

from .conftest import PROGRAM

# What is used here of prometheus/client_model's metrics.proto: name, number, type; repeated ones end in *.
SCHEMA = {
    "LabelPair": "name 1 string, value 2 string",
    "Gauge": "value 1 double",
    "Counter": "value 1 double",
    "Bucket": "cumulative_count 1 uint64, upper_bound 2 double",
    "BucketSpan": "offset 1 sint32, length 2 uint32",
    "Histogram": "sample_count 1 uint64, sample_sum 2 double, bucket 3 Bucket*, schema 5 sint32, "
    "zero_threshold 6 double, zero_count 7 uint64, positive_span 12 BucketSpan*, positive_delta 13 sint64*",
    "Metric": "label 1 LabelPair*, gauge 2 Gauge, counter 3 Counter, histogram 7 Histogram",
    "MetricFamily": "name 1 string, help 2 string, type 3 int32, metric 4 Metric*",
}
NATIVE = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,text/plain;q=0.4"


def family_class():
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="metrics.proto", package="io.prometheus.client", syntax="proto2")
    for name, fields in SCHEMA.items():
        message = file.message_type.add(name=name)
        for text in fields.split(", "):
            member, number, kind = text.split()
            entry = message.field.add(name=member, number=int(number))
            entry.label = field.LABEL_REPEATED if kind.endswith("*") else field.LABEL_OPTIONAL
            kind = kind.rstrip("*")
            if kind in SCHEMA:
                entry.type, entry.type_name = field.TYPE_MESSAGE, f".io.prometheus.client.{kind}"
            else:
                entry.type = getattr(field, f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("io.prometheus.client.MetricFamily"))


def get(url: str, accept: str) -> tuple[str, bytes]:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=30) as reply:
        return reply.headers["Content-Type"], reply.read()


def test_native_histograms_hold_what_the_classic_ones_hold(run):
    run.wait(lambda: 'frames_total{result="delivered"} 0' not in run.metrics.read_text())
    kind, body = get(f"{run.address}/metrics", NATIVE)
    assert kind.startswith("application/vnd.google.protobuf"), kind
    family = family_class()
    families, at = {}, 0
    while at < len(body):
        length, at = _DecodeVarint32(body, at)
        one = family.FromString(body[at : at + length])
        assert one.IsInitialized() and not one.DESCRIPTOR.has_options
        families[one.name] = one
        at += length
    metrics = families["densehybrid_stage_duration_seconds"].metric
    assert len(metrics) == 8
    for metric in metrics:
        histogram = metric.histogram
        assert histogram.schema == 3 and histogram.zero_count == 0 and 0 < histogram.zero_threshold < 1e-30
        indices, next_index = [], 0
        for span in histogram.positive_span:
            next_index += span.offset
            indices += range(next_index, next_index + span.length)
            next_index += span.length
        counts, last = [], 0
        for delta in histogram.positive_delta:
            last += delta
            counts.append(last)
        assert len(indices) == len(counts) and all(count > 0 for count in counts)
        assert sum(counts) == histogram.sample_count == histogram.bucket[-1].cumulative_count
        assert histogram.bucket[-1].upper_bound == math.inf
        # The sum lies between the buckets' lower and upper bounds.
        upper = sum(count * 2 ** (index / 8) for index, count in zip(indices, counts))
        assert upper * 2 ** (-1 / 8) <= histogram.sample_sum * (1 + 1e-9) and histogram.sample_sum <= upper * (1 + 1e-9)
    kind, body = get(f"{run.address}/metrics", "text/plain")
    assert kind.startswith("text/plain; version=0.0.4") and b"densehybrid_build_info{" in body


def test_monitor_attaches_to_the_metrics_address(run):
    run.wait(lambda: 'frames_total{result="delivered"} 0' not in run.metrics.read_text())
    asked = subprocess.run([PROGRAM, "monitor", run.address, "--once", "--json"], capture_output=True, timeout=30)
    assert asked.returncode == 0, asked.stderr.decode()
    snapshot = json.loads(asked.stdout)
    assert snapshot["pid"] == run.process.pid and snapshot["frames"]["delivered"] > 0
