using Parti.Training.Drawing;

namespace Parti.Training.Tests.Drawing;

public sealed class PngFileTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("parti-png-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_WrittenPicture_HasTheSameBytes()
    {
        byte[] picture = new byte[3 * 17 * 17];
        new Random(5).NextBytes(picture);
        string file = Path.Combine(_folder, "new", "picture.png");
        PngFile.Write(file, PngFile.Encode(picture));

        Assert.Equal(picture, PngFile.Read(file));
        Assert.Equal(["picture.png"], Directory.GetFiles(Path.GetDirectoryName(file)!).Select(Path.GetFileName));
    }

    [Fact]
    public void Read_HalfAFile_NamesIt()
    {
        string file = Path.Combine(_folder, "half.png");
        File.WriteAllBytes(file, PngFile.Encode(Ink.Square(8, 1, 2, 3))[..20]);
        Assert.Contains("half.png", Assert.Throws<InvalidDataException>(() => PngFile.Read(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12 * 3 - 1)]
    [InlineData(3 * 2 * 3)]
    public void Encode_NoSquareOfThreeChannels_SaysSo(int bytes) => Assert.Throws<ArgumentException>(() => PngFile.Encode(new byte[bytes]));

    [Fact]
    public void Draw_TallerThanTheLibraryDraws_NamesTheLimit() =>
        Assert.Contains("32000", Assert.Throws<ArgumentOutOfRangeException>(() => PngFile.Draw(10, 40_000, _ => { })).Message, StringComparison.Ordinal);
}
