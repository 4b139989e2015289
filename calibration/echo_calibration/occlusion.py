from __future__ import annotations


class MouthCover:
    def __call__(self, rgb, landmarks, time_us):
        return False

    def close(self):
        pass
