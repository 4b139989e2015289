"""Tiny multimodal language models with random weights, written to disk in the layout of published ones.

The classes, files and chat templates' forms are the real ones; only the sizes are not. The tokenizer knows bytes.
"""

from __future__ import annotations

import json
from pathlib import Path

OMNI_MARKS = {
    "image_token": "<|IMAGE|>", "audio_token": "<|AUDIO|>", "video_token": "<|VIDEO|>",
    "vision_bos_token": "<|vision_bos|>", "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>", "audio_eos_token": "<|audio_eos|>",
}  # fmt: skip
QWEN_MARKS = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
SMOL_MARKS = ("<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>", "<video>")
LAYERS = 6
WIDTH = 32


def _tokenizer(marks: dict[str, str] | tuple[str, ...]):
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import Qwen2Tokenizer

    vocabulary = {letter: i for i, letter in enumerate(sorted(ByteLevel.alphabet()))}
    vocabulary["<|endoftext|>"] = len(vocabulary)
    named = marks if isinstance(marks, dict) else {}
    tokenizer = Qwen2Tokenizer(vocab=vocabulary, merges=[], extra_special_tokens=named)
    more = ["<|im_start|>", "<|im_end|>", *(() if isinstance(marks, dict) else marks)]
    tokenizer.add_special_tokens({"additional_special_tokens": more})
    return tokenizer


def _template(image: str, audio: str = "") -> str:
    parts = "{% if c['type'] == 'image' %}" + image + "{% elif c['type'] == 'audio' %}" + audio
    return (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}"
        + parts + "{% else %}{{ c['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )  # fmt: skip


def _write(folder: Path, tokenizer, template: str, preprocessor: dict, model, processor: dict | None = None) -> None:
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": template}), "utf-8")
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor), "utf-8")
    if processor is not None:
        (folder / "processor_config.json").write_text(json.dumps(processor), "utf-8")


def _text(vocabulary: int) -> dict:
    return {
        "vocab_size": vocabulary, "hidden_size": WIDTH, "intermediate_size": 48, "num_hidden_layers": LAYERS,
        "num_attention_heads": 2, "num_key_value_heads": 1, "max_position_embeddings": 8192,
    }  # fmt: skip


def _turning() -> dict:
    return {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]}


def _omni_thinker(tokenizer):
    from transformers import Qwen2_5OmniThinkerConfig

    return Qwen2_5OmniThinkerConfig(
        audio_config={
            "num_mel_bins": 16, "encoder_layers": 1, "encoder_attention_heads": 2, "encoder_ffn_dim": 16, "d_model": 16,
            "output_dim": WIDTH, "n_window": 50,
        },
        vision_config={
            "depth": 2, "hidden_size": 16, "intermediate_size": 32, "num_heads": 2, "out_hidden_size": WIDTH,
            "fullatt_block_indexes": [1],
        },
        text_config={**_text(len(tokenizer)), "rope_parameters": _turning()},
        audio_token_index=tokenizer.audio_token_id, image_token_index=tokenizer.image_token_id,
        video_token_index=tokenizer.video_token_id, vision_start_token_id=tokenizer.vision_bos_token_id,
        vision_end_token_id=tokenizer.vision_eos_token_id, audio_start_token_id=tokenizer.audio_bos_token_id,
        audio_end_token_id=tokenizer.audio_eos_token_id,
    )  # fmt: skip


def write_omni(folder: Path, whole: bool = False) -> None:
    """A Qwen2.5-Omni: its thinker alone, or `whole`, as it is published (without the parts that speak)."""
    import torch
    from transformers import (
        Qwen2_5OmniConfig,
        Qwen2_5OmniForConditionalGeneration,
        Qwen2_5OmniThinkerForConditionalGeneration,
    )

    tokenizer = _tokenizer(OMNI_MARKS)
    thinker = _omni_thinker(tokenizer)
    torch.manual_seed(1)
    if whole:
        config = Qwen2_5OmniConfig(thinker_config=thinker.to_dict(), enable_audio_output=False)
        model = Qwen2_5OmniForConditionalGeneration(config)
    else:
        model = Qwen2_5OmniThinkerForConditionalGeneration(thinker)
    preprocessor = {
        "image_processor_type": "Qwen2VLImageProcessor", "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "Qwen2_5OmniProcessor", "feature_size": 16, "chunk_length": 30, "sampling_rate": 16000,
        "hop_length": 160, "n_fft": 400, "min_pixels": 3136, "max_pixels": 12845056, "patch_size": 14, "merge_size": 2,
        "temporal_patch_size": 2,
    }  # fmt: skip
    template = _template("<|vision_bos|><|IMAGE|><|vision_eos|>", "<|audio_bos|><|AUDIO|><|audio_eos|>")
    _write(folder, tokenizer, template, preprocessor, model)


def write_qwen2_vl(folder: Path) -> None:
    import torch
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration

    tokenizer = _tokenizer(QWEN_MARKS)
    start, end, image, video = (tokenizer.convert_tokens_to_ids(mark) for mark in QWEN_MARKS)
    torch.manual_seed(2)
    model = Qwen2VLForConditionalGeneration(
        Qwen2VLConfig(
            text_config={**_text(len(tokenizer)), "rope_parameters": _turning()},
            vision_config={"depth": 2, "embed_dim": 16, "hidden_size": WIDTH, "num_heads": 2, "mlp_ratio": 2},
            vision_start_token_id=start, vision_end_token_id=end, image_token_id=image, video_token_id=video,
        )
    )  # fmt: skip
    preprocessor = {
        "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2VLProcessor", "min_pixels": 3136,
        "max_pixels": 12845056, "patch_size": 14, "merge_size": 2, "temporal_patch_size": 2,
    }  # fmt: skip
    _write(folder, tokenizer, _template("<|vision_start|><|image_pad|><|vision_end|>"), preprocessor, model)


def write_smolvlm(folder: Path) -> None:
    import torch
    from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration

    rows = tuple(f"<row_{r}_col_{c}>" for r in range(1, 5) for c in range(1, 5))
    tokenizer = _tokenizer((*SMOL_MARKS, *rows))
    torch.manual_seed(3)
    model = SmolVLMForConditionalGeneration(
        SmolVLMConfig(
            text_config={"model_type": "llama", **_text(len(tokenizer)), "pad_token_id": 256},
            vision_config={
                "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
                "image_size": 64, "patch_size": 16,
            },
            image_token_id=tokenizer.convert_tokens_to_ids("<image>"), scale_factor=2, pad_token_id=256,
        )
    )  # fmt: skip
    preprocessor = {
        "image_processor_type": "SmolVLMImageProcessor", "processor_class": "SmolVLMProcessor",
        "do_image_splitting": True, "size": {"longest_edge": 128}, "max_image_size": {"longest_edge": 64},
    }  # fmt: skip
    processor = {"processor_class": "SmolVLMProcessor", "image_seq_len": 4}
    _write(folder, tokenizer, _template("<image>"), preprocessor, model, processor)


WRITERS = {
    "omni": write_omni,
    "whole omni": lambda folder: write_omni(folder, whole=True),
    "qwen2-vl": write_qwen2_vl,
    "smolvlm": write_smolvlm,
}
