"""Train the embedded encoder: data, train, export, sample, evaluate, or all of them in this order; or embed its data."""

import argparse
import sys
from pathlib import Path

from config import DEFAULT_WORK, MODEL_DIR, VARIANTS, Training
from photos import write_pixels
from prepare import prepare

STEPS = {
    "data": "download, render, split and tokenise (about 3 minutes)",
    "train": "train, or go on from the last finished epoch",
    "export": "write the ONNX graphs and configuration from the checkpoint",
    "sample": "draw models/sample; with --photos its photographs too",
    "evaluate": "measure the committed graphs; writes metrics.json and the card's table",
    "all": "everything above",
    "embeddings": "data, then every picture and its caption embedded by the committed graphs (some minutes, no torch)",
    "test": "unit tests of this folder",
}


def parse() -> argparse.Namespace:
    """Command line."""
    steps = "\n".join(f"  {name:10} {what}" for name, what in STEPS.items())
    parser = argparse.ArgumentParser(
        prog="run.sh", description=__doc__, epilog=f"steps:\n{steps}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=[s for s in STEPS if s != "test"], metavar="STEP")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="folder for downloads, renders and checkpoints")
    parser.add_argument("--photos", type=Path, help="folder of photographs with photos.csv; without it drawings only")
    parser.add_argument("--teacher", type=Path, help="folder with imagenet1000_text.npy and coco80_text.npy, CLIP's text vectors of class names")
    parser.add_argument("--start", type=Path, help="model folder whose int8 graphs training starts from; without it from nothing")
    parser.add_argument("--variant", choices=VARIANTS, help="schedule: full (the default with --photos), drawings (without), or a short one for ablations")
    parser.add_argument("--name", default="tiny-clip", help="name of the checkpoint in the work folder")
    parser.add_argument("--check", action="store_true", help="with evaluate: compare with metrics.json, exit 1 on a difference")
    return parser.parse_args()


def main() -> int:
    """Run the steps asked for; a wrong input is one line on stderr."""
    try:
        return run(parse())
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1


def run(arguments: argparse.Namespace) -> int:
    """The steps in order. What needs torch is imported where it is used: data and embeddings do without."""
    work, everything = arguments.work.resolve(), arguments.step == "all"
    if arguments.step in ("evaluate", "sample", "train") and not (work / "split.json").exists():
        print(f"{work} has no data yet: run `run.sh data --work {arguments.work}` first", file=sys.stderr)
        return 1
    if everything or arguments.step in ("data", "embeddings"):
        prepare(work)
    if arguments.photos and (everything or arguments.step in ("data", "train")):
        write_pixels(arguments.photos, work)
    if arguments.step == "embeddings":
        from embeddings import write_embeddings

        write_embeddings(work)
    if everything or arguments.step == "train":
        from train import Options, train

        settings = VARIANTS[arguments.variant or ("full" if arguments.photos else "drawings")]
        options = Options(arguments.photos, arguments.teacher, arguments.start)
        for option, loses in (("photos", "drawings only"), ("teacher", "no teacher for words"), ("start", "weights from nothing")):
            if getattr(options, option) is None:
                print(f"without --{option}: {loses}", file=sys.stderr)
        train(work, settings, arguments.name, options)
    if everything or arguments.step == "export":
        from export import export

        export(work, Training(), arguments.name, MODEL_DIR)
    if everything or arguments.step == "sample":
        from sample import write_sample

        write_sample(work, arguments.photos)
    if everything or arguments.step == "evaluate":
        from evaluate import evaluate

        return evaluate(work, arguments.name, arguments.check, arguments.photos)
    return 0


if __name__ == "__main__":
    sys.exit(main())
