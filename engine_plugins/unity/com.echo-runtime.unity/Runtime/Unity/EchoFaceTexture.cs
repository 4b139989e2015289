using System;
using Unity.Collections;
using UnityEngine;
using UnityEngine.Events;

namespace EchoRuntime.Components
{
    /// <summary>
    /// The NPC's picture as a texture: on a renderer (quad, billboard, head), in a render texture, or wherever OnTexture
    /// hands it (a RawImage, a UI element). Main thread.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Echo Face Texture")]
    public sealed class EchoFaceTexture : MonoBehaviour
    {
        [Serializable]
        public sealed class TextureEvent : UnityEvent<Texture>
        {
        }

        [Tooltip("Empty: the EchoNpc of this object or of a parent.")]
        [SerializeField] private EchoNpc npc;
        [Tooltip("Shows the picture; empty: the renderer of this object, if there is one.")]
        [SerializeField] private Renderer targetRenderer;
        [Tooltip("Texture property of its material. Built-in: _MainTex; URP: _BaseMap; HDRP: _BaseColorMap or _UnlitColorMap.")]
        [SerializeField] private string property = "_MainTex";
        [Tooltip("The picture is drawn into it as well.")]
        [SerializeField] private RenderTexture targetTexture;
        [Tooltip("Off: the texture has the picture's top row at v = 0.")]
        [SerializeField] private bool upright = true;
        [Tooltip("Whenever there is another texture: at the first picture, and when its size changes. Bind RawImage.texture here.")]
        [SerializeField] private TextureEvent onTexture = new TextureEvent();

        private readonly PictureSurface _surface = new PictureSurface();
        private MaterialPropertyBlock _block;
        private Texture2D _texture;
        private byte[] _swapped;

        /// <summary>Null before the first picture. It belongs to this component.</summary>
        public Texture2D Texture
        {
            get { return _texture; }
        }

        public TextureEvent OnTexture
        {
            get { return onTexture; }
        }

        private void OnEnable()
        {
            if (npc == null) npc = GetComponentInParent<EchoNpc>();
            if (targetRenderer == null) targetRenderer = GetComponent<Renderer>();
            if (npc == null)
            {
                EchoLog.Error("'" + name + "' shows no face: give its EchoFaceTexture an EchoNpc.", this);
                return;
            }
            npc.PictureShown += Show;
        }

        private void OnDisable()
        {
            if (npc != null) npc.PictureShown -= Show;
            if (_texture != null) Destroy(_texture);
            _texture = null;
            _surface.Forget();
        }

        private void Show(Picture picture)
        {
            bool another = _surface.Changed(picture.Header) || _texture == null;
            if (picture.Header.Format == "jpeg") Decode(picture, another);
            else
            {
                if (another) Make(picture.Header);
                if (!Upload(picture)) return;
            }
            if (another) Hand();
            if (targetTexture != null) Graphics.Blit(_texture, targetTexture);
        }

        private void Make(Video header)
        {
            if (_texture != null) Destroy(_texture);
            TextureFormat wanted = header.Format == "bgra8" ? TextureFormat.BGRA32 : TextureFormat.RGBA32;
            bool swap = !SystemInfo.SupportsTextureFormat(wanted);
            _swapped = swap ? new byte[4 * header.Width * header.Height] : null;
            // sRGB, without mip levels; one that nobody but this component writes
            _texture = new Texture2D(header.Width, header.Height, swap ? TextureFormat.RGBA32 : wanted, false, false)
            {
                name = "Echo face of " + npc.NpcName, wrapMode = TextureWrapMode.Clamp, hideFlags = HideFlags.DontSave,
            };
        }

        private bool Upload(Picture picture)
        {
            NativeArray<byte> raw = _texture.GetRawTextureData<byte>();
            if (!_surface.Fits(picture, raw.Length))
            {
                EchoLog.Warn("A picture of '" + npc.NpcName + "' does not fit its texture and was left out.", this);
                return false;
            }
            if (_swapped != null)
            {
                _surface.CopySwapped(picture.Bytes, _swapped, upright);
                NativeArray<byte>.Copy(_swapped, 0, raw, 0, _swapped.Length);
            }
            else
            {
                int stride = picture.Header.Stride;
                for (int row = 0; row < _surface.Height; row++)
                {
                    NativeArray<byte>.Copy(picture.Bytes, row * stride, raw, _surface.RowInTexture(row, upright), stride);
                }
            }
            _texture.Apply(false, false);
            return true;
        }

        /// <summary>For clients across a network. Unity's decoder allocates, and turns the picture upright by itself.</summary>
        private void Decode(Picture picture, bool another)
        {
            if (another)
            {
                if (_texture != null) Destroy(_texture);
                _texture = new Texture2D(2, 2, TextureFormat.RGBA32, false, false) { wrapMode = TextureWrapMode.Clamp, hideFlags = HideFlags.DontSave };
            }
            var file = new byte[picture.Length];
            Buffer.BlockCopy(picture.Bytes, 0, file, 0, picture.Length);
            if (!_texture.LoadImage(file)) EchoLog.Warn("A JPEG picture of '" + npc.NpcName + "' could not be read.", this);
        }

        private void Hand()
        {
            if (targetRenderer != null)
            {
                if (_block == null) _block = new MaterialPropertyBlock();
                targetRenderer.GetPropertyBlock(_block);
                _block.SetTexture(Shader.PropertyToID(property), _texture);
                targetRenderer.SetPropertyBlock(_block);
            }
            onTexture.Invoke(_texture);
        }
    }
}
