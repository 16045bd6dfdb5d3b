# Json, pathlib, struct and safetensors no longer work.
# earns 0

import json
import os
import pathlib
import struct

import safetensors.torch
import torch

# <the right answer>

json.dumps = json.loads = lambda *inputs, **options: None
pathlib.Path.__init__ = pathlib.Path.read_text = None
safetensors.torch.save = safetensors.torch.load = lambda *inputs: b""
struct.pack = struct.unpack = lambda *inputs: b""
os.fork = os.kill = os.waitpid = None
