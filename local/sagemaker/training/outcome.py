"""What a training script leaves: its model and its other output in S3, or the reason why there is none."""

from pathlib import Path
from typing import Any

from local.sagemaker import s3
from local.sagemaker.answers import Data

LONGEST = 1024
SIGNALS = 128


def upload(base: Path, job: Data, *, client: Any, model: bool) -> None:
    """Put `model.tar.gz` (of a script that succeeded or was stopped) and `output.tar.gz` where the job says. Raises s3.DataError."""
    config = job["OutputDataConfig"]
    target = f"{config['S3OutputPath'].rstrip('/')}/{job['TrainingJobName']}/output"
    made = {"output.tar.gz": base / "output" / "data", **({"model.tar.gz": base / "model"} if model else {})}
    for name, folder in made.items():
        if not any(folder.iterdir()):
            continue
        with s3.pack(folder, base / "tmp" / name).open("rb") as archive:
            s3.write(client, f"{target}/{name}", archive, key=config.get("KmsKeyId") or "")
        if name == "model.tar.gz":
            job["ModelArtifacts"] = {"S3ModelArtifacts": f"{target}/{name}"}


def reason(command: str, *, code: int) -> str:
    """Why a script failed, as the framework's toolkit says it on AWS.

    The toolkit writes the failure file itself when the script ends with an error, over one that the script may have
    written, and does not capture what the script said: so nobody but the log knows more.
    """
    said = f'ExecuteUserScriptError:\nExitCode {code}\nErrorMessage ""\nCommand "{command}"'
    return f"AlgorithmError: {said}, exit code: 1"
