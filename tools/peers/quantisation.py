"""int8 by the peers' own tools, calibrated with the same frames as this project's."""

from __future__ import annotations

from pathlib import Path

from .artefacts import normalised
from .networks import Network, Size
from .pictures import calibration_pictures


def nncf_int8(network: Network, size: Size, source: Path, path: Path) -> None:
    """OpenVINO's post-training quantisation: symmetric weights per channel, fast bias correction (its defaults)."""
    import nncf
    import openvino as ov

    model = ov.Core().read_model(source)
    frames = [normalised(network, picture) for picture in calibration_pictures(network, size)]
    quantised = nncf.quantize(
        model, nncf.Dataset(frames), preset=nncf.QuantizationPreset.MIXED, subset_size=len(frames),
        target_device=nncf.TargetDevice.CPU)
    ov.save_model(quantised, path, compress_to_fp16=False)


def onnxruntime_int8(network: Network, size: Size, source: Path, path: Path) -> None:
    """QDQ with unsigned activations and signed weights per channel, which ONNX Runtime's x86 kernels are made for."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Frames(CalibrationDataReader):
        def __init__(self) -> None:
            self.frames = iter(calibration_pictures(network, size))

        def get_next(self) -> dict | None:
            picture = next(self.frames, None)
            return None if picture is None else {"image": normalised(network, picture)}

    prepared = path.with_name("prepared-" + path.name)
    quant_pre_process(source, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared, path, Frames(), quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8)
    prepared.unlink()
