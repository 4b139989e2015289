using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>
    /// Projects the NPC's picture onto a head mesh, with the camera and head pose that come with it. The mesh's material
    /// uses the shader `Echo Runtime/Face Projection`, or any that reads _EchoFace, _EchoFaceMatrix and _EchoFaceAxis.
    /// Main thread.
    /// </summary>
    [AddComponentMenu("Echo Runtime/Echo Face Projection")]
    [RequireComponent(typeof(EchoFaceTexture))]
    public sealed class EchoFaceProjection : MonoBehaviour
    {
        private static readonly int FaceId = Shader.PropertyToID("_EchoFace");
        private static readonly int MatrixId = Shader.PropertyToID("_EchoFaceMatrix");
        private static readonly int AxisId = Shader.PropertyToID("_EchoFaceAxis");

        [Tooltip("Empty: the EchoNpc of this object or of a parent.")]
        [SerializeField] private EchoNpc npc;
        [Tooltip("The head's meshes.")]
        [SerializeField] private Renderer[] meshes = new Renderer[0];
        [Tooltip("A transform in the middle of the head, facing out of the face along +z. It moves with the head.")]
        [SerializeField] private Transform headCentre;
        [Tooltip("Metres of the avatar's head per unit of yours: enlarge to shrink the picture on the mesh.")]
        [SerializeField] private float scale = 1f;

        private readonly float[] _rows = new float[16];
        private MaterialPropertyBlock _block;
        private EchoFaceTexture _face;

        private void OnEnable()
        {
            _face = GetComponent<EchoFaceTexture>();
            if (npc == null) npc = GetComponentInParent<EchoNpc>();
            _block = new MaterialPropertyBlock();
            if (npc == null) EchoLog.Error("'" + name + "' projects no face: give its EchoFaceProjection an EchoNpc.", this);
            if (meshes.Length == 0) EchoLog.Error("'" + name + "' projects onto nothing: give its EchoFaceProjection the head's meshes.", this);
            if (headCentre == null) headCentre = transform;
        }

        private void LateUpdate()
        {
            Picture picture = npc == null || npc.Session == null ? null : npc.Session.Picture;
            if (picture == null || _face.Texture == null) return;
            if (!FaceProjection.Known(picture.Header))
            {
                EchoLog.Warn("The avatar of '" + npc.NpcName + "' does not say with which camera it was learned: its picture cannot be projected.", this);
                return;
            }
            FaceProjection.Matrix(picture.Header, _rows);
            Matrix4x4 picturing = Matrix4x4.identity;
            for (int row = 0; row < 4; row++)
            {
                for (int column = 0; column < 4; column++) picturing[row, column] = _rows[4 * row + column];
            }
            // a point of the world, in metres of the avatar's head, in the picture
            Matrix4x4 matrix = picturing * Matrix4x4.Scale(new Vector3(scale, scale, scale)) * headCentre.worldToLocalMatrix;
            for (int i = 0; i < meshes.Length; i++)
            {
                if (meshes[i] == null) continue;
                meshes[i].GetPropertyBlock(_block);
                _block.SetTexture(FaceId, _face.Texture);
                _block.SetMatrix(MatrixId, matrix);
                _block.SetVector(AxisId, headCentre.forward);
                meshes[i].SetPropertyBlock(_block);
            }
        }
    }
}
