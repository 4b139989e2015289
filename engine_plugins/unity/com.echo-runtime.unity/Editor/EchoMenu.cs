using EchoRuntime.Components;
using UnityEditor;
using UnityEngine;

namespace EchoRuntime.Editing
{
    /// <summary>Menu entries that make an NPC in the open scene.</summary>
    internal static class EchoMenu
    {
        private const string PictureShader = "Echo Runtime/Face Picture";
        private const string MaterialFile = "Assets/Echo Face.mat";

        [MenuItem("GameObject/Echo Runtime/NPC on a Quad", false, 10)]
        private static void NpcOnQuad()
        {
            GameObject quad = GameObject.CreatePrimitive(PrimitiveType.Quad);
            quad.name = "Echo NPC";
            Undo.RegisterCreatedObjectUndo(quad, "NPC on a Quad");
            Collider collider = quad.GetComponent<Collider>();
            if (collider != null) Object.DestroyImmediate(collider);
            Renderer renderer = quad.GetComponent<Renderer>();
            Material material = FaceMaterial();
            if (material != null) renderer.sharedMaterial = material;
            Complete(quad, true);
            Place(quad);
        }

        [MenuItem("GameObject/Echo Runtime/NPC of the Selected Character", false, 11)]
        private static void NpcOfCharacter()
        {
            GameObject character = Selection.activeGameObject;
            Undo.RegisterFullObjectHierarchyUndo(character, "NPC of the Selected Character");
            Complete(character, false);
            if (character.GetComponent<EchoFaceBlendShapes>() == null) character.AddComponent<EchoFaceBlendShapes>();
        }

        [MenuItem("GameObject/Echo Runtime/NPC of the Selected Character", true)]
        private static bool HasCharacter()
        {
            return Selection.activeGameObject != null
                && Selection.activeGameObject.GetComponentInChildren<SkinnedMeshRenderer>() != null;
        }

        private static void Complete(GameObject place, bool picture)
        {
            if (place.GetComponent<EchoNpc>() == null) place.AddComponent<EchoNpc>();
            if (picture) place.AddComponent<EchoFaceTexture>();
            AudioSource source = place.GetComponent<AudioSource>();
            if (source == null) source = place.AddComponent<AudioSource>();
            source.spatialBlend = 1f;
            source.playOnAwake = false;
            if (place.GetComponent<EchoSpeechAudio>() == null) place.AddComponent<EchoSpeechAudio>();
            if (place.GetComponent<EchoPlayerVoice>() == null) place.AddComponent<EchoPlayerVoice>();
            Selection.activeGameObject = place;
        }

        /// <summary>Two metres in front of the camera, facing it. A quad is seen from its −z.</summary>
        private static void Place(GameObject quad)
        {
            Camera camera = Camera.main;
            if (camera == null) return;
            quad.transform.position = camera.transform.position + 2f * camera.transform.forward;
            quad.transform.rotation = camera.transform.rotation;
        }

        private static Material FaceMaterial()
        {
            Material material = AssetDatabase.LoadAssetAtPath<Material>(MaterialFile);
            if (material != null) return material;
            Shader shader = Shader.Find(PictureShader);
            if (shader == null)
            {
                Debug.LogError("[Echo] The shader '" + PictureShader + "' is missing: install the package again.");
                return null;
            }
            material = new Material(shader);
            AssetDatabase.CreateAsset(material, MaterialFile);
            return material;
        }
    }
}
