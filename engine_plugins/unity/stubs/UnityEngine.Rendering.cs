using System;

namespace UnityEngine
{
    public class Texture : Object // Texture
    {
        public TextureWrapMode wrapMode { get; set; } // Texture-wrapMode
        public int width { get { return 0; } } // Texture-width
        public int height { get { return 0; } } // Texture-height
    }

    public enum TextureWrapMode { Clamp = 1 } // TextureWrapMode

    public enum TextureFormat { RGB24 = 3, RGBA32 = 4, BGRA32 = 14 } // TextureFormat

    public sealed class Texture2D : Texture // Texture2D
    {
        public Texture2D(int width, int height, TextureFormat textureFormat, bool mipChain, bool linear) { } // Texture2D-ctor
        public Unity.Collections.NativeArray<T> GetRawTextureData<T>() where T : struct { return default(Unity.Collections.NativeArray<T>); } // Texture2D.GetRawTextureData
        public void Apply(bool updateMipmaps, bool makeNoLongerReadable) { } // Texture2D.Apply
        public void ReadPixels(Rect source, int destX, int destY) { } // Texture2D.ReadPixels
    }

    public static class ImageConversion // ImageConversion
    {
        public static bool LoadImage(this Texture2D tex, byte[] data) { return false; } // ImageConversion.LoadImage
        public static byte[] EncodeToPNG(this Texture2D tex) { return null; } // ImageConversion.EncodeToPNG
    }

    public enum RenderTextureFormat { ARGB32 = 0 } // RenderTextureFormat

    public enum RenderTextureReadWrite { sRGB = 2 } // RenderTextureReadWrite

    public class RenderTexture : Texture // RenderTexture
    {
        public RenderTexture(int width, int height, int depth, RenderTextureFormat format, RenderTextureReadWrite readWrite) { } // RenderTexture-ctor
        public static RenderTexture active { get; set; } // RenderTexture-active
    }

    public class Graphics // Graphics
    {
        public static void Blit(Texture source, RenderTexture dest) { } // Graphics.Blit
    }

    public sealed class SystemInfo // SystemInfo
    {
        public static bool SupportsTextureFormat(TextureFormat format) { return false; } // SystemInfo.SupportsTextureFormat
    }

    public sealed class Shader : Object // Shader
    {
        public static Shader Find(string name) { return null; } // Shader.Find
        public static int PropertyToID(string name) { return 0; } // Shader.PropertyToID
    }

    public class Material : Object // Material
    {
        public Material(Shader shader) { } // Material-ctor
    }

    public sealed class MaterialPropertyBlock // MaterialPropertyBlock
    {
        public MaterialPropertyBlock() { } // MaterialPropertyBlock-ctor
        public void SetTexture(int nameID, Texture value) { } // MaterialPropertyBlock.SetTexture
        public void SetMatrix(int nameID, Matrix4x4 value) { } // MaterialPropertyBlock.SetMatrix
        public void SetVector(int nameID, Vector4 value) { } // MaterialPropertyBlock.SetVector
    }

    public class Renderer : Component // Renderer
    {
        public bool enabled { get; set; } // Renderer-enabled
        public bool isVisible { get { return false; } } // Renderer-isVisible
        public Material sharedMaterial { get; set; } // Renderer-sharedMaterial
        public void GetPropertyBlock(MaterialPropertyBlock properties) { } // Renderer.GetPropertyBlock
        public void SetPropertyBlock(MaterialPropertyBlock properties) { } // Renderer.SetPropertyBlock
    }

    public class SkinnedMeshRenderer : Renderer // SkinnedMeshRenderer
    {
        public Mesh sharedMesh { get; set; } // SkinnedMeshRenderer-sharedMesh
        public float GetBlendShapeWeight(int index) { return 0f; } // SkinnedMeshRenderer.GetBlendShapeWeight
        public void SetBlendShapeWeight(int index, float value) { } // SkinnedMeshRenderer.SetBlendShapeWeight
    }

    public sealed class Mesh : Object // Mesh
    {
        public int blendShapeCount { get { return 0; } } // Mesh-blendShapeCount
        public string GetBlendShapeName(int shapeIndex) { return null; } // Mesh.GetBlendShapeName
    }

    public sealed class Camera : Behaviour // Camera
    {
        public static Camera main { get { return null; } } // Camera-main
        public float fieldOfView { get; set; } // Camera-fieldOfView
        public RenderTexture targetTexture { get; set; } // Camera-targetTexture
        public void Render() { } // Camera.Render
    }
}

namespace Unity.Collections
{
    public struct NativeArray<T> where T : struct // Unity.Collections.NativeArray_1
    {
        public int Length { get { return 0; } } // Unity.Collections.NativeArray_1-Length
        public static void Copy(T[] src, int srcIndex, NativeArray<T> dst, int dstIndex, int length) { } // Unity.Collections.NativeArray_1.Copy
    }
}
