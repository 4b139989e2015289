"""A Whisper model with random weights, small enough for a test, in the form in which faster-whisper loads them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

WIDTH, LETTERS = 16, "abcdefghijklmnopqrstuvwxyz"
_AFTER = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>", "<|transcribe|>"]
_AFTER += ["<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
_AFTER += [f"<|{0.02 * i:.2f}|>" for i in range(1501)]


def write_tiny_whisper(folder: Path) -> None:
    """Needs ctranslate2 and tokenizers, which faster-whisper brings."""
    from ctranslate2.specs import whisper_spec
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    words = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in _AFTER])
    vocabulary = words + _AFTER
    spec = whisper_spec.WhisperSpec(1, 2, 1, 2)
    rng = np.random.default_rng(0)

    def random(*shape: int) -> np.ndarray:
        return (0.3 * rng.standard_normal(shape)).astype(np.float32)

    def norm(layer: object) -> None:
        layer.gamma, layer.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def linear(layer: object, out: int, into: int) -> None:
        layer.weight, layer.bias = random(out, into), np.zeros(out, np.float32)

    def block(layer: object) -> None:
        own = layer.self_attention
        norm(own.layer_norm)
        linear(own.linear[0], 3 * WIDTH, WIDTH)
        linear(own.linear[1], WIDTH, WIDTH)
        norm(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, 4 * WIDTH, WIDTH)
        linear(layer.ffn.linear_1, WIDTH, 4 * WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = random(WIDTH, 80, 3), np.zeros(WIDTH, np.float32)
    encoder.conv2.weight, encoder.conv2.bias = random(WIDTH, WIDTH, 3), np.zeros(WIDTH, np.float32)
    encoder.position_encodings.encodings = random(1500, WIDTH)
    norm(encoder.layer_norm)
    block(encoder.layer[0])
    decoder.embeddings.weight = random(len(vocabulary), WIDTH)
    decoder.position_encodings.encodings = random(448, WIDTH)
    norm(decoder.layer_norm)
    decoder.projection.weight = decoder.embeddings.weight
    block(decoder.layer[0])
    across = decoder.layer[0].attention
    norm(across.layer_norm)
    for i, rows in enumerate((WIDTH, 2 * WIDTH, WIDTH)):
        linear(across.linear[i], rows, WIDTH)
    start = len(words)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [start]
    spec.config.lang_ids = [start + 2, start + 3]
    spec.config.alignment_heads = [(0, 0)]
    spec.register_vocabulary(vocabulary)
    spec.validate()
    spec.optimize(quantization=None)
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": 80}))
