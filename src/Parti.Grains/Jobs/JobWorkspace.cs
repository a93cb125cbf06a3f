using Parti.Abstractions;

namespace Parti.Grains.Jobs;

/// <summary>Text states and pictures on their way to the next stage. In memory: after a loss they are made again.</summary>
internal sealed class JobWorkspace
{
    private readonly Dictionary<int, PixelData> _pictures = [];
    private TextStates? _text;

    /// <summary>What a worker needs for an item that it may begin.</summary>
    internal WorkInput InputFor(JobRecord job, WorkStart start) => new()
    {
        Prompt = job.Request.Prompt,
        Parameters = job.Parameters,
        CreatedAt = job.CreatedAt,
        Text = start is { Stage: Stage.Sample or Stage.Rerank, HasText: false } ? _text : null,
        Tokens = start.Stage is Stage.Sample or Stage.Detokenize or Stage.Rerank ? job.Images[start.Image].Tokens.ToArray() : [],
        Source = job.Request.Source,
        PartialImages = PictureOf(job, start.Image) is null ? 0 : job.Request.PartialImages,
        PictureIndex = job.Chooses ? PictureOf(job, start.Image) : null,
        Picture = start.Stage == Stage.Upscale ? _pictures.GetValueOrDefault(start.Image) : null,
    };

    /// <summary>Keeps what a report brings for the next stage.</summary>
    internal void Keep(WorkReport report)
    {
        switch (report)
        {
            case EncodedReport encoded:
                _text = encoded.Text;
                break;
            case DetokenizedReport { Picture: { } picture }:
                _pictures[report.Image] = picture;
                break;
            case StoredReport:
                _pictures.Remove(report.Image);
                break;
        }
    }

    /// <summary>Drops everything.</summary>
    internal void Clear()
    {
        _text = null;
        _pictures.Clear();
    }

    private static int? PictureOf(JobRecord job, int image) => image == WorkKey.Prompt ? null : JobPictures.IndexOf(job, job.Images[image]);
}
