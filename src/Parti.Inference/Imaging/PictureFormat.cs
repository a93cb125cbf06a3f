namespace Parti.Inference.Imaging;

/// <summary>File formats a picture can be written in.</summary>
public enum PictureFormat
{
    /// <summary>Lossless; carries the generation parameters as text.</summary>
    Png,

    /// <summary>Lossy, quality 95.</summary>
    Jpeg,

    /// <summary>Lossy, quality 95.</summary>
    Webp,
}
