using System;

namespace EchoRuntime
{
    /// <summary>
    /// What a texture must be like to take a picture, and the picture's bytes in that texture's order. Engines keep the
    /// bottom row first, the wire the top row.
    /// </summary>
    public sealed class PictureSurface
    {
        /// <summary>Pixels; 0 before the first picture.</summary>
        public int Width { get; private set; }

        public int Height { get; private set; }

        /// <summary>bgra8, rgba8, or jpeg.</summary>
        public string Format { get; private set; }

        /// <summary>How often a texture had to be made: 1 after the first picture.</summary>
        public int Made { get; private set; }

        /// <summary>True when a picture needs another texture than the one before: size or format differ.</summary>
        public bool Changed(Video header)
        {
            if (header.Width == Width && header.Height == Height && header.Format == Format) return false;
            Width = header.Width;
            Height = header.Height;
            Format = header.Format;
            Made++;
            return true;
        }

        /// <summary>The next picture needs a texture again: the last one was destroyed.</summary>
        public void Forget()
        {
            Width = Height = 0;
            Format = null;
        }

        /// <summary>
        /// Whether a picture fits the texture that was made: bytes and size agree. (Bytes of JPEG always do: the decoder
        /// makes the texture.)
        /// </summary>
        public bool Fits(Picture picture, long textureBytes)
        {
            Video header = picture.Header;
            return header.Format == "jpeg" || picture.Length == 4L * Width * Height && textureBytes == picture.Length;
        }

        /// <summary>Where a row of the picture, counted from the top, begins in the texture.</summary>
        public int RowInTexture(int row, bool flip)
        {
            return (flip ? Height - 1 - row : row) * 4 * Width;
        }

        /// <summary>
        /// The picture with red and blue exchanged, bottom row first when flipped, for devices whose textures know one
        /// order only.
        /// </summary>
        public void CopySwapped(byte[] from, byte[] into, bool flip)
        {
            if (into.Length < 4 * Width * Height) throw new ArgumentException("The buffer is too small.", "into");
            for (int row = 0; row < Height; row++)
            {
                int source = row * 4 * Width, target = RowInTexture(row, flip);
                for (int i = 0; i < 4 * Width; i += 4)
                {
                    into[target + i] = from[source + i + 2];
                    into[target + i + 1] = from[source + i + 1];
                    into[target + i + 2] = from[source + i];
                    into[target + i + 3] = from[source + i + 3];
                }
            }
        }
    }
}
