"""The torch side of encoders.ts: the same checkpoint in the official code, the same pictures.

Takes a JSON task as encoder-child.ts does, prints a JSON line with the rates.
"""

import json
import re
import sys
import time

import numpy
import torch
import transformers
from safetensors.torch import load_file


def load(kind, config, weights):
    """A function from pixels to embeddings."""
    state = load_file(weights)

    def build(model, settings, tensors):
        built, info = model.from_pretrained(
            None, config=settings, state_dict=tensors, output_loading_info=True
        )
        # The pooler is not used, and counters of training are not in the file.
        missing = [n for n in info["missing_keys"] if not re.search(r"^pooler|batches_tracked$", n)]
        if missing:
            raise SystemExit(f"missing: {missing}")
        return built.eval()

    if kind == "vit":
        model = build(transformers.ViTModel, transformers.ViTConfig(**config), state)
        return lambda x: model(x).last_hidden_state[:, 0]
    if kind == "clip":
        model = build(transformers.CLIPModel, transformers.CLIPConfig(**config), state)
        return lambda x: model.visual_projection(model.vision_model(x).pooler_output)
    if kind == "medclip":
        prefix = "vision_model.model."
        tower = {n[len(prefix) :]: t for n, t in state.items() if n.startswith(prefix)}
        model = build(transformers.SwinModel, transformers.SwinConfig(**config), tower)
        head = state["vision_model.projection_head.weight"]
        return lambda x: torch.nn.functional.normalize(model(x).pooler_output @ head.T, dim=-1)
    if kind == "sam":
        settings = transformers.SamVisionConfig(**config["vision_config"])
        tower = {n.removeprefix("vision_encoder."): t for n, t in state.items()}
        model = transformers.models.sam.modeling_sam.SamVisionEncoder(settings).eval()
        model.load_state_dict(tower)
        return lambda x: model(x).last_hidden_state.mean(dim=(2, 3))
    if kind == "resnet":
        settings = transformers.ResNetConfig(**config)
        model = build(transformers.ResNetForImageClassification, settings, state)
        return lambda x: model.resnet(x).pooler_output.flatten(1)
    raise SystemExit(f"no {kind}")


@torch.inference_mode()
def main(task):
    torch.set_num_threads(task["threads"])
    with open(task["config"]) as file:
        config = json.load(file)
    encode = load(task["architecture"], config, task["weights"])
    side = task["image"]
    pictures = torch.from_numpy(numpy.fromfile(task["pictures"], dtype="float32"))
    pictures = pictures.reshape(-1, 3, side, side)
    encode(pictures[: task["check"]]).numpy().astype("float32").tofile(task["embeddings"])
    rates = {}
    for batch in task["batches"]:
        encode(pictures[:batch])
        fastest = float("inf")
        end = time.perf_counter() + task["seconds"]
        while time.perf_counter() < end:
            begin = time.perf_counter()
            encode(pictures[:batch])
            fastest = min(fastest, time.perf_counter() - begin)
        rates[batch] = batch / fastest
    print(json.dumps({"rates": rates, "version": torch.__version__}))


transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
main(json.loads(sys.argv[1]))
