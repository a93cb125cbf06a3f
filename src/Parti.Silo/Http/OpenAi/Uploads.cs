using Microsoft.Extensions.Options;
using Parti.Inference;
using Parti.Inference.Imaging;
using Parti.Silo.Http.Security;

namespace Parti.Silo.Http.OpenAi;

/// <summary>Makes uploaded pictures the source of a job: checked by their headers, decoded one at a time, fitted to the size.</summary>
/// <param name="options">What an upload may hold.</param>
internal sealed class Uploads(IOptions<HttpSecurityOptions> options) : IDisposable
{
    // A decoded picture takes up to 7 bytes a pixel: one at a time bounds the memory.
    private readonly SemaphoreSlim _place = new(1);

    /// <summary>What an upload may hold.</summary>
    internal UploadLimits Limits => options.Value.Uploads;

    /// <summary>The source of an edit: transparent where it is to be drawn again.</summary>
    /// <param name="image">File of the picture.</param>
    /// <param name="mask">File whose transparent pixels are the mask; null to take the picture's own.</param>
    /// <param name="edge">Edge of the delivered picture in pixels.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The file, and whether any pixel is masked.</returns>
    /// <exception cref="OpenAiException">A file is no picture that can be used.</exception>
    internal async Task<(byte[] File, bool Masked)> MakeSourceAsync(byte[] image, byte[]? mask, int edge, CancellationToken cancellationToken)
    {
        PictureHeader size = Check(image, "image");
        if (mask is not null && Check(mask, "mask") is var other && other != size)
        {
            throw new OpenAiException("mask", $"mask has {other.Width}x{other.Height} pixels, the image {size.Width}x{size.Height}; send a mask of the image's size.");
        }

        await _place.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Make(image, mask, edge), cancellationToken);
        }
        finally
        {
            _place.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _place.Dispose();

    private static (byte[] File, bool Masked) Make(byte[] image, byte[]? mask, int edge)
    {
        RgbaPicture picture = Decode(image, "image");
        bool[] transparent = (mask is null ? picture : Decode(mask, "mask")).TransparentPixels();

        // What is hidden in the picture itself is not shown to the model; what a mask covers is.
        Picture fitted = PictureScaler.FitSquare(picture.OnWhite(), edge);
        bool[] open = PictureScaler.FitSquare(transparent, picture.Width, picture.Height, edge);
        return (new MaskedPicture(fitted, open).ToFile(), open.Contains(true));
    }

    private PictureHeader Check(byte[] file, string name)
    {
        if (PictureHeader.Read(file) is not { Width: > 0, Height: > 0 } header)
        {
            throw new OpenAiException(name, $"{name} is no PNG, JPEG or WebP file; send one of these.", "invalid_image");
        }

        UploadLimits limits = Limits;
        return header.Width <= limits.MaxEdge && header.Height <= limits.MaxEdge && header.Width * header.Height <= limits.MaxPixels
            ? header
            : throw new OpenAiException(
                name,
                $"{name} has {header.Width}x{header.Height} pixels, allowed are at most {limits.MaxEdge} an edge and {limits.MaxPixels} together; send a smaller one.",
                "invalid_image");
    }

    private static RgbaPicture Decode(byte[] file, string name)
    {
        try
        {
            return PictureDecoder.DecodeRgba(file);
        }
        catch (InvalidDataException)
        {
            // What the decoder says may quote the file; the caller knows all there is to know.
            throw new OpenAiException(name, $"{name} is damaged; send the whole file.", "invalid_image");
        }
    }
}
