"""thresholds.yaml keeps what is not measured anew."""

import pytest
import yaml

from tools.train.thresholds import merge


def entry(score: str, value: float, **others: object) -> dict[str, object]:
    use = {"score_at": "full", "size": "1024x512", "precision": "fp32", "model_sha256": "ab"}
    return {"score": score, "value": value, **use, **others}


def test_only_entries_for_the_same_use_are_replaced(tmp_path):
    path = tmp_path / "thresholds.yaml"
    merge(path, [entry("densehybrid", 1.0), entry("generative", 2.0)])
    others = [entry("densehybrid", 3.0, precision="int8", fpr_interval=[0.1, 0.2]),
              entry("densehybrid", 4.0, size="512x256"), entry("sml", 5.0, statistics_sha256="cd"),
              entry("densehybrid", 6.0, model_sha256="ef")]
    merge(path, others)
    merge(path, [entry("densehybrid", 7.0, model_sha256="AB")])
    found = yaml.safe_load(path.read_text())
    assert found == [entry("generative", 2.0), *others, entry("densehybrid", 7.0, model_sha256="AB")]
    assert [file.name for file in tmp_path.iterdir()] == ["thresholds.yaml"]


def test_a_file_of_comments_is_empty_and_another_is_refused(tmp_path):
    path = tmp_path / "thresholds.yaml"
    path.write_text("# none yet\n")
    merge(path, [entry("msp", 1.0)])
    assert yaml.safe_load(path.read_text()) == [entry("msp", 1.0)]
    path.write_text("score: densehybrid\n")
    with pytest.raises(ValueError, match="no list of thresholds"):
        merge(path, [entry("msp", 2.0)])
    assert path.read_text() == "score: densehybrid\n"
