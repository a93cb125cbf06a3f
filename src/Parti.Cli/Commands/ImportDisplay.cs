using Parti.Models.Families.Importing;

namespace Parti.Cli.Commands;

/// <summary>Progress of an import: one line that is written over on a terminal, a line every tenth elsewhere.</summary>
/// <param name="context">Where to write.</param>
internal sealed class ImportDisplay(CliContext context) : IProgress<ImportProgress>, IDisposable
{
    private int _step = -1;

    /// <inheritdoc />
    public void Report(ImportProgress value)
    {
        int step = (int)(value.TotalBytes == 0 ? 100 : 100 * value.Bytes / value.TotalBytes);
        if (step == _step || (!context.IsTerminal && step / 10 == _step / 10 && _step >= 0))
        {
            return;
        }

        _step = step;
        string line = $"{step,3} %  {value.Bytes:N0} of {value.TotalBytes:N0} bytes  {value.File}";
        context.Output.Write(context.IsTerminal ? $"\r{line}\u001b[K" : $"{line}\n");
    }

    /// <summary>Ends the line.</summary>
    public void Dispose()
    {
        if (context.IsTerminal && _step >= 0)
        {
            context.Output.WriteLine();
        }
    }
}
