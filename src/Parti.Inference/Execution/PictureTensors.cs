using System.Runtime.InteropServices;
using TorchSharp;

namespace Parti.Inference.Execution;

/// <summary>Pictures as tensors and back.</summary>
static class PictureTensors
{
    /// <summary>Colours 0 to 255 as <c>[1, 3, H, W]</c> in 0 to 1.</summary>
    public static torch.Tensor ToTensor(Picture picture, torch.Device device)
    {
        float[] planes = new float[picture.Rgb.Length];
        int pixels = picture.Width * picture.Height;
        for (int i = 0; i < pixels; i++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                planes[channel * pixels + i] = picture.Rgb[3 * i + channel] / 255f;
            }
        }
        using torch.Tensor host = torch.tensor(planes, [1, 3, picture.Height, picture.Width]);
        return host.to(device, copy: true);
    }

    /// <summary>Values <c>[1, 3, H, W]</c>, cut to 0 to 1, as colours 0 to 255, rounded half up.</summary>
    /// <exception cref="EngineRequestException"><c>invalid_pixels</c>: a value is not a number.</exception>
    public static Picture ToPicture(torch.Tensor values)
    {
        using torch.Tensor host = values.to(torch.ScalarType.Float32).cpu().contiguous();
        ReadOnlySpan<float> planes = MemoryMarshal.Cast<byte, float>(host.bytes);
        int height = (int)host.shape[2], width = (int)host.shape[3], pixels = width * height;
        byte[] rgb = new byte[3 * pixels];
        for (int i = 0; i < pixels; i++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                rgb[3 * i + channel] = ToByte(planes[channel * pixels + i]);
            }
        }
        return new Picture(width, height, rgb);
    }

    static byte ToByte(float value) => !float.IsNaN(value)
        ? (byte)(Math.Clamp(value, 0, 1) * 255 + 0.5f)
        : throw new EngineRequestException(
            "invalid_pixels", "The model gave a pixel that is not a number: its weights are damaged. Verify the model's files.");
}
