using static TorchSharp.torch;

namespace Parti.Training.Evaluation;

/// <summary>Pictures of tensors as the bytes a file would hold, and back.</summary>
static class PictureBytes
{
    /// <summary>One array <c>[S, S, 3]</c> a picture, cut to 0 to 1 and rounded half up to 0 to 255.</summary>
    /// <param name="pictures"><c>[B, 3, S, S]</c>, 0 to 1.</param>
    /// <exception cref="InvalidDataException">A value is not a number.</exception>
    public static byte[][] From(Tensor pictures)
    {
        float[] values = pictures.detach().permute(0, 2, 3, 1).contiguous().data<float>().ToArray();
        int one = values.Length / (int)pictures.shape[0];
        return [.. values.Chunk(one).Select(picture => Array.ConvertAll(picture, ToByte))];
    }

    /// <summary>Pictures as <c>[B, 3, S, S]</c>, 0 to 1.</summary>
    /// <param name="pictures">B arrays <c>[S, S, 3]</c>.</param>
    /// <param name="size">S, edge in pixels.</param>
    public static Tensor ToTensor(IReadOnlyList<byte[]> pictures, int size)
    {
        float[] values = [.. pictures.SelectMany(p => p).Select(value => value / 255f)];
        using Tensor rows = tensor(values, [pictures.Count, size, size, 3]);
        return rows.permute(0, 3, 1, 2).contiguous();
    }

    static byte ToByte(float value) => !float.IsNaN(value)
        ? (byte)(Math.Clamp(value, 0, 1) * 255 + 0.5f)
        : throw new InvalidDataException("The model gave a pixel that is not a number: its weights are damaged. Verify the model's files.");
}
